import type { Standstill } from '../record.ts';
import { isWait } from './request-facts.ts';

/** What to do about a loop that stood still while something started at these frames waited. */
export function standstillFix(standstill: Standstill, frames: readonly string[]): string {
  const { call, stack } = standstill;
  if (isWait(standstill)) return parkedFix([...stack, ...frames]);
  return call?.startsWith('child_process') === true
    ? `Use the asynchronous ${call.replace('Sync', '').replace('child_process.', '')} instead of ${call}, or send through a thread whose loop is free (strategy shared-pool)`
    : 'Move the synchronous work to another thread or split it up, or send through a thread whose loop is free (strategy shared-pool)';
}

export function parkedFix(frames: readonly string[]): string {
  if (/[\\/](?:piscina|tinypool)[\\/]/.test(frames.join('\n'))) {
    return 'Await the request inside the task, or create the pool with `atomics: "disabled"`, or send through timer-notify’s shared-pool';
  }
  return 'Await the request before the thread waits, or send through a thread whose loop keeps turning (strategy shared-pool)';
}
