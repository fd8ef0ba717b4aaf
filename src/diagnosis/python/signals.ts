import type { FatalSignal, LostWork } from '../record.ts';
import { loss } from './loss.ts';
import type { PythonThread } from './thread.ts';
import type { WorkEventOf } from './work-event.ts';

const keptSignals = 100;
/** Signals that end no process. */
const harmless: ReadonlySet<string> = new Set([
  'SIGCHLD',
  'SIGCONT',
  'SIGURG',
  'SIGWINCH',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
]);
const stopping: ReadonlySet<string> = new Set(['SIGSTOP', 'SIGTSTP']);

/** A signal that ends a process, and an earlier one which had not done so yet. */
export interface EndingSignal {
  readonly sent: WorkEventOf<'signal-sent'>;
  readonly after: WorkEventOf<'signal-sent'> | null;
}

/** Signals that one process sent others: of each, the last, and the one of another name before it. */
export class SentSignals {
  readonly #ends = new Map<number, string>();
  readonly #last = new Map<number, WorkEventOf<'signal-sent'>>();
  readonly #earlier = new Map<number, WorkEventOf<'signal-sent'>>();

  add(event: WorkEventOf<'signal-sent'>): void {
    const last = this.#last.get(event.to);
    if (last === undefined && this.#last.size >= keptSignals) return;
    if (last !== undefined && last.name !== event.name) this.#earlier.set(event.to, last);
    this.#last.set(event.to, event);
  }

  /** Who waited for the child heard of its end. */
  ended({ child, name }: WorkEventOf<'child-signalled'>): void {
    if (this.#ends.size < keptSignals) this.#ends.set(child, name);
  }

  /** The signal that ended a child; null where nobody has heard of one. */
  endOf(pid: number): string | null {
    return this.#ends.get(pid) ?? null;
  }

  /** The last that it sent to a process and that ends one; null where there is none. */
  sentTo(pid: number): EndingSignal | null {
    const sent = this.#last.get(pid);
    if (sent === undefined || harmless.has(sent.name)) return null;
    const earlier = this.#earlier.get(pid);
    return { sent, after: earlier === undefined || harmless.has(earlier.name) ? null : earlier };
  }

  /** Those that ended a child whose source sends. */
  get endedSenders(): readonly WorkEventOf<'signal-sent'>[] {
    return [...this.#last.values()].filter(({ to, name, sends }) => sends && this.#ends.get(to) === name);
  }

  /** Those that stopped a process which has not been continued. */
  get stopped(): readonly WorkEventOf<'signal-sent'>[] {
    return [...this.#last.values()].filter(({ name }) => stopping.has(name));
  }
}

/** What ended a process, of what was heard of its end and what others sent it. */
export function fatalSignal(heard: string | null, sent: readonly FatalSignal[]): FatalSignal | null {
  const known = sent.find(({ name }) => heard === null || name === heard);
  return known ?? (heard === null ? null : { name: heard, by: null, stack: [], after: null });
}

export function ofStop(
  { t, to, name, stack: made }: WorkEventOf<'signal-sent'>,
  at: number,
  thread: PythonThread,
): LostWork {
  return loss({
    how: 'process-stopped',
    thread,
    what: `process ${to} with ${name}`,
    made,
    waitedMs: at - t,
    details: ['nobody has sent it SIGCONT since'],
  });
}

/** Of a child that had not come to load what it sends with. */
export function ofEarlyEnd(
  { to, name, stack: made }: WorkEventOf<'signal-sent'>,
  thread: PythonThread,
): LostWork {
  return loss({ how: 'child-ended-early', thread, what: `process ${to} with ${name}`, made });
}
