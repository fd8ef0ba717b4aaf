import type { ChalkInstance } from 'chalk';
import type { ServedEmulator } from '../../emulator/served/serve-emulator.ts';

export interface ServeAddresses extends Pick<ServedEmulator, 'origin' | 'baseUrl' | 'webhookUrl'> {
  /** What to write for the token in the examples. */
  readonly token: string;
}

/** The base URL first and alone on its line, for scripts; then how to point other programs at it. */
export function renderServe(
  { origin, baseUrl, webhookUrl, token }: ServeAddresses,
  color: ChalkInstance,
): string {
  const inShell = token.startsWith('$') ? `-d "token=${token}"` : `-d token=${token}`;
  const inNode = token.startsWith('$') ? `process.env.${token.slice(1)}` : `'${token}'`;
  const inPython = token.startsWith('$') ? `os.environ['${token.slice(1)}']` : `'${token}'`;
  const row = (name: string, text: string) => `  ${color.bold(name.padEnd(15))} ${text}`;
  return [
    baseUrl,
    '',
    row('page', `${origin}/`),
    row('received', `${origin}/received ${color.dim('(DELETE clears it)')}`),
    row('webhook', webhookUrl),
    '',
    row('curl', `curl ${baseUrl}chat.postMessage ${inShell} -d 'channel=#general' -d text=hello`),
    row('@slack/web-api', `new WebClient(${inNode}, { slackApiUrl: '${baseUrl}' })`),
    row('@slack/webhook', `new IncomingWebhook('${webhookUrl}')`),
    row('slack_sdk', `WebClient(token=${inPython}, base_url='${baseUrl}')`),
    row('timer-notify', `SLACK_API_URL=${baseUrl} SLACK_BOT_TOKEN=${token} timer-notify send --to slack`),
    '',
  ].join('\n');
}
