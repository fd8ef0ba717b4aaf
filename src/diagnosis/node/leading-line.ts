import { readFileSync } from 'node:fs';

export const sending =
  /\b(?:fetch|axios|got|ky|superagent|undici)\b\s*[.(]|\bhttps?\.request\(|\.chat\.\w+\(|\b\w*(?:notif|send|post|publish|deliver|webhook)\w*\(/i;
/** Lines after the one where an error broke the code off, as long as they belong to its function. */
const linesAfter = 8;

/** Whether one of the functions that an error broke off (`file:line:column (name)`) goes on to send something. */
export function leadsToRequest(frames: readonly string[]): boolean {
  return frames.some((frame) => !frame.includes('/node_modules/') && goesOnToSend(frame));
}

function goesOnToSend(frame: string): boolean {
  const [, file = '', line = ''] = /^(.*?):(\d+):\d+(?: \(|$)/.exec(frame) ?? [];
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .slice(Number(line) - 1, Number(line) + linesAfter);
    const end = lines.findIndex((text, index) => index > 0 && /^\s{0,2}\}/.test(text));
    return sending.test(lines.slice(0, end === -1 ? undefined : end).join('\n'));
  } catch {
    // A program that was bundled, or given on the command line, has no line to look at.
    return false;
  }
}
