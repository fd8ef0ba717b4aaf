import type { ChalkInstance } from 'chalk';
import type { ReceivedMessage } from '../../emulator/served/received-list.ts';
import type { Exchange } from '../../emulator/session.ts';
import { printable } from '../../printable.ts';
import { marks } from './marks.ts';

/** `07:13:05.123  ✔  #general  expiry  ⏰ 10s timer expired!` */
export function receivedLine(message: ReceivedMessage, color: ChalkInstance): string {
  const reply = message.threadTs === null ? '' : color.dim(`↳ ${printable(message.threadTs)} `);
  const parts = [
    color.dim(clock(new Date(message.receivedAt))),
    color.green(marks.good),
    color.bold(printable(message.channelName ?? message.via)),
    ...(message.path === null ? [] : [color.cyan(message.path)]),
    reply + printable(message.text === '' ? contentOf(message) : message.text),
    ...(message.thread === null ? [] : [color.dim(`from ${threadOf(message.thread)}`)]),
  ];
  return parts.join('  ');
}

/** A request that posted nothing, or whose response was struck by a fault. */
export function problemLine({ what, problem, posted }: Exchange, at: Date, color: ChalkInstance): string {
  const sign = posted ? color.yellow(marks.doubtful) : color.red(marks.bad);
  const end = posted ? `its response: ${problem}` : `not posted: ${problem}`;
  return [color.dim(clock(at)), sign, color.bold(printable(what)), printable(end)].join('  ');
}

/** As the doctor names it. */
function threadOf(name: string): string {
  return printable(name).replace(/^worker-(?=\d+$)/, 'thread ');
}

function contentOf({ blocks, attachments }: ReceivedMessage): string {
  return blocks.length > 0 ? `(${blocks.length} blocks)` : `(${attachments.length} attachments)`;
}

/** Local time to the millisecond. */
function clock(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}
