import { sharedPool } from '../advice/advice.ts';
import type { Standstill } from '../record.ts';
import { isWait } from './request-facts.ts';

/** What to do about a loop that did not run while something started at these frames waited; null: what its cause asks for. */
export function standstillFix(standstill: Standstill, frames: readonly string[]): string | null {
  const { kind, call, stack } = standstill;
  if (kind === 'held')
    return 'Move the native work to another process, or to a library that releases the interpreter’s lock';
  if (isWait(standstill)) return parkedFix([...stack, ...frames]);
  if (call === null && isMatching(standstill)) return matchingFix;
  return call?.startsWith('child_process') === true
    ? `Use the asynchronous ${call.replace('Sync', '').replace('child_process.', '')} instead of ${call}, or send through a thread whose loop is free (${sharedPool})`
    : null;
}

/** In a program of Node, whose methods these are. */
function isMatching({ statement, stack: [frame = ''] }: Standstill): boolean {
  return (
    statement !== null &&
    !/\.pyw?:\d/.test(frame) &&
    /\.(?:test|exec|match|matchAll|replace|replaceAll|search|split)\s*\(/.test(statement)
  );
}

const matchingFix =
  'If it is a regular expression that runs so long: rewrite it so that it can’t backtrack without end (no repeated group whose content repeats by itself), and bound the length of what it is given; or match in another thread';

export function parkedFix(frames: readonly string[]): string | null {
  if (/[\\/](?:piscina|tinypool)[\\/]/.test(frames.join('\n'))) {
    return 'Await the request inside the task, or create the pool with `atomics: "disabled"`, or send through timer-notify’s shared-pool';
  }
  return null;
}
