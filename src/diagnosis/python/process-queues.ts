import type { LostWork } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import { loss } from './loss.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptEvents = 100;

/** What one process put into multiprocessing's queues, and from which it takes in order to send. */
export class ProcessQueues {
  readonly #leading = new Set<number>();
  readonly #unsent: WorkEventOf<'items-unsent'>[] = [];
  readonly #dropped: WorkEventOf<'item-dropped'>[] = [];

  /** Pipes of which what is taken leads to a request. */
  get leading(): ReadonlySet<number> {
    return this.#leading;
  }

  taken({ channel, leads }: WorkEventOf<'channel-taker'>): void {
    if (leads && this.#leading.size < keptEvents) this.#leading.add(channel);
  }

  left(event: WorkEventOf<'items-unsent'>): void {
    if (this.#unsent.length < keptEvents) this.#unsent.push(event);
  }

  dropped(event: WorkEventOf<'item-dropped'>): void {
    if (this.#dropped.length < keptEvents) this.#dropped.push(event);
  }

  lost(
    leading: ReadonlySet<number>,
    threadOf: (reported: ReportedThread) => PythonThread,
  ): readonly LostWork[] {
    const details = ['what takes from the queue leads to a request'];
    const unsent = this.#unsent
      .filter(({ channel }) => leading.has(channel))
      .map(({ left, putAt, stack, thread }) =>
        loss({
          how: 'unflushed',
          thread: threadOf(thread),
          what: `${left} ${left === 1 ? 'item' : 'items'}`,
          made: putAt === null ? [] : [putAt],
          place: { statement: null, stack },
          details,
        }),
      );
    const dropped = this.#dropped
      .filter(({ channel }) => leading.has(channel))
      .map(({ error, putAt, thread }) =>
        loss({
          how: 'unpickled',
          thread: threadOf(thread),
          what: 'an item',
          made: putAt === null ? [] : [putAt],
          error,
          details,
        }),
      );
    return [...dropped, ...unsent];
  }
}
