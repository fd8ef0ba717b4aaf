import type { StuckQueue } from './inspect/stuck-queues.ts';
import type { SuspicionOf } from './suspicion.ts';

/** `because`: how it is known that its jobs send. */
export function queueSuspicion<Thread, Request>(
  thread: Thread,
  threadText: string,
  { name, waiting, file, line, column, function: taker }: StuckQueue,
  because: string,
): SuspicionOf<Thread, Request> {
  const jobs = waiting === 1 ? '1 job waits' : `${waiting} jobs wait`;
  const place = `${file}:${line}:${column} (${taker})`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${jobs} in “${name}”, and the one before never calls back`,
    thread,
    request: null,
    evidence: [
      `${threadText} takes a job from “${name}” at ${place} once the last one has called back; no such callback is left in its memory, so none of the ${waiting} that wait can begin`,
      because,
    ],
    stack: [place],
    fix: 'Let every job call back on every path, early returns and errors included (or let it return a promise, and go on in finally)',
  };
}
