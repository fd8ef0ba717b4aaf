import { clientNames, sendingWords } from './sending-words.ts';

/** What a program says is no sign of what it does. */
export const quoted =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const sendingCall = new RegExp(
  String.raw`\bchat\s*\??\.\s*(?:update|scheduleMessage|meMessage)\s*\(|(?<![\w$])(?:${clientNames})\s*\(|\b\w*(?:${sendingWords.perhaps})\w*\s*\(`,
  'i',
);

/** Calls that are named so and send nothing; Slack’s own `chat.postMessage` does. */
const otherCalls =
  /\b(?:(?:process|worker|port|parentPort|child|channel|socket|ws|res|response|reply|console)\s*\.\s*(?:send|post\w*|push)|(?<!\bchat\s*\??\.\s*)postMessage|\w+\s*\.\s*push|removeEventListener|addEventListener)\s*\(/g;

/** Whether code, by the names of what it calls, sends something. */
export function sends(code: string): boolean {
  return sendingCall.test(withoutOtherCalls(code.replace(quoted, "''")));
}

/** Without what it says to other threads and processes, and to those that ask it. */
export function withoutOtherCalls(code: string): string {
  return code.replace(otherCalls, '(');
}
