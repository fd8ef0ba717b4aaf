// Does with one version of @slack/web-api what every client here does: see ../README.md.
// node acts.mjs web-api-7
const { WebClient } = await import(process.argv[2]);
const slack = new WebClient(process.env.SLACK_BOT_TOKEN, { slackApiUrl: process.env.SLACK_API_URL });

const parent = await slack.chat.postMessage({ channel: '#general', text: 'first' });
const { channel, ts } = parent;
const reply = await slack.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
await slack.chat.update({ channel, ts, text: 'changed' });
await slack.reactions.add({ channel, timestamp: ts, name: 'tada' });
await slack.chat.delete({ channel, ts: reply.ts });
await slack.filesUploadV2({ channel_id: channel, thread_ts: ts, filename: 'a.txt', content: 'hello' });
const recipient = { recipient_team_id: 'T0TIMERTEAM', recipient_user_id: 'U0ALICE' };
if (slack.chatStream) {
  const stream = slack.chatStream({ channel, thread_ts: ts, ...recipient });
  await stream.append({ markdown_text: 'one ' });
  await stream.stop({ markdown_text: 'two' });
} else {
  // Older versions call it by its name.
  const stream = await slack.apiCall('chat.startStream', {
    channel,
    thread_ts: ts,
    markdown_text: 'one ',
    ...recipient,
  });
  await slack.apiCall('chat.stopStream', { channel, ts: stream.ts, markdown_text: 'two' });
}
const { messages } = await slack.conversations.history({ channel });
process.stdout.write(`${JSON.stringify(messages.map(({ text }) => text))}\n`);
