import type { LostWork } from '../record.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptSignals = 100;
const stopping: ReadonlySet<string> = new Set(['SIGSTOP', 'SIGTSTP']);

/** Signals that one process sent others: of each, the last. */
export class SentSignals {
  readonly #last = new Map<number, WorkEventOf<'signal-sent'>>();

  add(event: WorkEventOf<'signal-sent'>): void {
    const isNew = !this.#last.has(event.to);
    if (!isNew || this.#last.size < keptSignals) this.#last.set(event.to, event);
  }

  /** Those that stopped a process which has not been continued. */
  get stopped(): readonly WorkEventOf<'signal-sent'>[] {
    return [...this.#last.values()].filter(({ name }) => stopping.has(name));
  }
}

export function ofStop(
  { t, to, name, stack: made }: WorkEventOf<'signal-sent'>,
  at: number,
  thread: PythonThread,
): LostWork {
  return {
    how: 'process-stopped',
    thread,
    what: `process ${to} with ${name}`,
    made,
    place: { statement: null, stack: [] },
    error: null,
    waitedMs: at - t,
    details: ['nobody has sent it SIGCONT since'],
  };
}
