// A bot like Bolt's getting-started example: node bolt.mjs bolt-4 socket|http [port]
// It ends once it has answered a message, a mention, a command, a button, a shortcut, a modal and a home tab.
import { setTimeout as sleep } from 'node:timers/promises';

const [name, receiver, port] = process.argv.slice(2);
const bolt = await import(name);
const { App, LogLevel } = bolt.App === undefined ? bolt.default : bolt;
const { SLACK_API_URL: slackApiUrl, SLACK_BOT_TOKEN: token, SLACK_APP_TOKEN: appToken } = process.env;
const app = new App({
  token,
  clientOptions: { slackApiUrl },
  logLevel: LogLevel.ERROR,
  ...(receiver === 'http'
    ? { signingSecret: process.env.SLACK_SIGNING_SECRET }
    : { appToken, socketMode: true }),
});
const left = new Set(['message', 'mention', 'command', 'button', 'shortcut', 'modal', 'home']);
const did = async (what) => {
  left.delete(what);
  if (left.size > 0) return;
  process.stdout.write('done\n');
  // Its last acknowledgement is still on its way.
  await sleep(100);
  process.exit(0);
};

app.use(async ({ next }) => next());
app.message('hello', async ({ message, say }) => {
  const text = `Hey there <@${message.user}>!`;
  const button = {
    type: 'button',
    text: { type: 'plain_text', text: 'Click Me' },
    action_id: 'button_click',
  };
  await say({ text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text }, accessory: button }] });
  await did('message');
});
app.event('app_mention', async ({ event, say }) => {
  await say({ text: 'you called?', thread_ts: event.ts });
  await did('mention');
});
app.command('/timer', async ({ command, ack, respond }) => {
  await ack(`setting ${command.text}`);
  await respond({ response_type: 'in_channel', text: `timer set for ${command.text}` });
  await did('command');
});
app.action('button_click', async ({ body, ack, say, respond }) => {
  await ack();
  await say(`<@${body.user.id}> clicked the button`);
  await respond({ replace_original: true, text: 'clicked' });
  await did('button');
});
const plain = (text) => ({ type: 'plain_text', text });
app.shortcut('open_modal', async ({ shortcut, ack, client }) => {
  await ack();
  const blocks = [{ type: 'section', text: plain('A modal') }];
  const view = {
    type: 'modal',
    callback_id: 'timer_modal',
    title: plain('Timer'),
    submit: plain('Set'),
    blocks,
  };
  const { view: opened } = await client.views.open({ trigger_id: shortcut.trigger_id, view });
  await client.views.update({ view_id: opened.id, hash: opened.hash, view });
  await did('shortcut');
});
app.view('timer_modal', async ({ ack, body, client }) => {
  await ack({ response_action: 'clear' });
  await client.chat.postMessage({ channel: body.user.id, text: 'set by modal' });
  await did('modal');
});
app.event('app_home_opened', async ({ event, client }) => {
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'App Home Published' } }];
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } });
  await did('home');
});

await app.start(receiver === 'http' ? Number(port) : undefined);
process.stdout.write('ready\n');
