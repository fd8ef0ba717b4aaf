import { threadName } from '../../model/finding.ts';
import { queueSuspicion } from '../stuck-queue.ts';
import type { Look } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';

/** `never-requested`: jobs wait in a list of the program's own, and the one before them will never call back. */
export function stuckQueueFindings(look: Look): readonly LookSuspicion[] {
  return look.threads
    .filter(({ state, requests, begun }) => state === 'running' && requests.length + begun.length === 0)
    .flatMap((thread) =>
      thread.queues.map((queue) =>
        queueSuspicion(thread, threadName(thread), queue, 'such jobs send, by their code'),
      ),
    );
}
