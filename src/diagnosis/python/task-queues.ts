import type { LostWork } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptEvents = 200;

/** Tasks that one process gave a broker, and the queues from which it takes tasks. */
export class TaskQueues {
  readonly #consumed = new Set<string>();
  readonly #published: WorkEventOf<'task-published'>[] = [];

  get consumed(): ReadonlySet<string> {
    return this.#consumed;
  }

  consume({ queue }: WorkEventOf<'queue-consumed'>): void {
    if (this.#consumed.size < keptEvents) this.#consumed.add(queue);
  }

  publish(event: WorkEventOf<'task-published'>): void {
    if (this.#published.length < keptEvents) this.#published.push(event);
  }

  /** Tasks that no worker of the program takes; where it has no worker at all, others may. */
  unconsumed(
    consumed: ReadonlySet<string>,
    threadOf: (reported: ReportedThread) => PythonThread,
  ): readonly LostWork[] {
    if (consumed.size === 0) return [];
    return this.#published
      .filter(({ leads, queues }) => leads && !queues.some((queue) => consumed.has(queue)))
      .map(({ queues, what, stack: made, thread }) => ({
        how: 'unconsumed',
        thread: threadOf(thread),
        what,
        made,
        place: { statement: null, stack: [] },
        error: null,
        waitedMs: null,
        details: [
          `its queue is ${queues.join(', ')}; the program’s worker consumes ${[...consumed].join(', ')}`,
          'no worker that was watched consumes that queue: the call that sent the task succeeds all the same',
        ],
      }));
  }
}
