import { showMs } from '../../time/show-ms.ts';
import type { LostWork } from '../record.ts';
import type { PythonThread as ReportedThread } from './event.ts';
import { loss } from './loss.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptEvents = 200;
const keptTasks = 500;

type ThreadOf = (reported: ReportedThread) => PythonThread;

/** What is known of the tasks of all processes. */
export interface TaskWorkers {
  readonly consumed: ReadonlySet<string>;
  readonly begun: ReadonlySet<string>;
  /** Tasks by their identifier. */
  readonly given: ReadonlyMap<string, WorkEventOf<'task-given'>>;
  /** Whether there were workers, and each has ended. */
  readonly haveEnded: boolean;
}

/** Tasks that one process gave a broker, and the queues from which it takes tasks. */
export class TaskQueues {
  readonly #consumed = new Set<string>();
  readonly #published: WorkEventOf<'task-published'>[] = [];
  readonly #begun = new Set<string>();
  readonly #given = new Map<string, WorkEventOf<'task-given'>>();
  readonly #waits = new Map<number, WorkEventOf<'task-wait'>>();

  get consumed(): ReadonlySet<string> {
    return this.#consumed;
  }

  get begun(): ReadonlySet<string> {
    return this.#begun;
  }

  get given(): ReadonlyMap<string, WorkEventOf<'task-given'>> {
    return this.#given;
  }

  consume({ queue }: WorkEventOf<'queue-consumed'>): void {
    if (this.#consumed.size < keptEvents) this.#consumed.add(queue);
  }

  publish(event: WorkEventOf<'task-published'>): void {
    if (this.#published.length < keptEvents) this.#published.push(event);
  }

  give(event: WorkEventOf<'task-given'>): void {
    if (this.#given.size < keptTasks) this.#given.set(event.id, event);
  }

  begin({ id }: WorkEventOf<'task-begun'>): void {
    if (this.#begun.size < keptTasks) this.#begun.add(id);
  }

  revoke({ id }: WorkEventOf<'task-revoked'>): void {
    this.#given.delete(id);
  }

  wait(event: WorkEventOf<'task-wait'>): void {
    if (this.#waits.size < keptTasks) this.#waits.set(event.n, event);
  }

  endWait({ n }: WorkEventOf<'task-wait-over'>): void {
    this.#waits.delete(n);
  }

  lost(at: number, workers: TaskWorkers, threadOf: ThreadOf): readonly LostWork[] {
    const unconsumed = this.#unconsumed(workers, threadOf);
    const isUnconsumed = ({ what, made: [place] }: LostWork) =>
      unconsumed.some((other) => other.what === what && other.made[0] === place);
    return [
      ...unconsumed,
      ...this.#waiting(at, workers, threadOf),
      ...this.#notEager(workers, threadOf),
      ...this.#leftBehind(workers, threadOf).filter((lost) => !isUnconsumed(lost)),
    ];
  }

  /** Tasks that no worker of the program takes; where it has no worker at all, others may. */
  #unconsumed({ consumed }: TaskWorkers, threadOf: ThreadOf): readonly LostWork[] {
    if (consumed.size === 0) return [];
    return this.#published
      .filter(({ leads, queues }) => leads && !queues.some((queue) => consumed.has(queue)))
      .map(({ queues, what, stack: made, thread }) =>
        loss({
          how: 'unconsumed',
          thread: threadOf(thread),
          what,
          made,
          details: [
            `its queue is ${queues.join(', ')}; the program’s worker consumes ${[...consumed].join(', ')}`,
            'no worker that was watched consumes that queue: the call that sent the task succeeds anyway',
          ],
        }),
      );
  }

  /** Whoever waits for the result of a task that no worker of the program has begun. */
  #waiting(at: number, { consumed, begun, given }: TaskWorkers, threadOf: ThreadOf): readonly LostWork[] {
    if (consumed.size === 0 || begun.size >= keptTasks) return [];
    return [...this.#waits.values()].flatMap(({ leads, ids, inside, t, thread, statement, stack }) => {
      const awaited = ids.flatMap((id) => (begun.has(id) ? [] : (given.get(id) ?? [])));
      const [first] = awaited;
      if (!leads || first === undefined) return [];
      const place = first.stack[0] === undefined ? '' : `, sent at ${first.stack[0]},`;
      return [
        loss({
          how: 'task-waits',
          thread: threadOf(thread),
          what: inside === null ? 'The program' : `The task ${inside}`,
          place: { statement, stack },
          waitedMs: at - t,
          details: [
            `no worker has begun the task ${first.what}${place} meanwhile`,
            ...(inside === null
              ? []
              : [
                  'a task that waits keeps its own slot of the worker: the task it waits for may never get one',
                ]),
          ],
        }),
      ];
    });
  }

  /** Tasks that were to run where they were called, and lie with a broker that ends with the program. */
  #notEager({ consumed, begun }: TaskWorkers, threadOf: ThreadOf): readonly LostWork[] {
    if (consumed.size > 0 || begun.size >= keptTasks) return [];
    return [...this.#given.values()].flatMap(({ id, eager, inMemory, leads, what, stack: made, thread }) =>
      eager === null || !inMemory || !leads || begun.has(id)
        ? []
        : [
            loss({
              how: 'task-not-eager',
              thread: threadOf(thread),
              what,
              made,
              details: [
                `${eager} says that tasks are to run at once; task_always_eager, which decides that, is off`,
                'no worker of the program takes tasks',
              ],
            }),
          ],
    );
  }

  /** Tasks that were to be begun later, and whose worker had ended by then. */
  #leftBehind({ begun, haveEnded }: TaskWorkers, threadOf: ThreadOf): readonly LostWork[] {
    if (!haveEnded || begun.size >= keptTasks) return [];
    return [...this.#given.values()]
      .filter(({ id, leads, dueMs, inMemory }) => leads && !begun.has(id) && (inMemory || dueMs !== null))
      .map(({ what, dueMs, inMemory, stack: made, thread }) =>
        loss({
          how: inMemory ? 'task-ended-with-broker' : 'task-left-with-broker',
          thread: threadOf(thread),
          what,
          made,
          details:
            dueMs === null ? [] : [`it was to be run ${showMs(dueMs)} after it was sent (countdown or eta)`],
        }),
      );
  }
}
