import { monotonicMs } from '../time/clock.ts';
import { type LongTimer, startTimer } from '../time/long-timer.ts';
import { type Listed, OrderedList } from './ordered-list.ts';
import { type SendOutcome, type Via, withVia } from './outcome.ts';

interface Pending extends Listed<Pending> {
  readonly id: string;
  readonly sentAtMs: number;
  readonly via: Via | undefined;
  readonly resolve: (outcome: SendOutcome) => void;
  /** True once the sender knows that the deadline passed; the slot stays taken until the other side answers. */
  isOverdue: boolean;
}

/** An outcome without what the sender itself knows best. */
export type PartialOutcome = Without<SendOutcome, 'id' | 'durationMs'>;

/** Of each kind of outcome by itself, so that they stay apart. */
type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

export interface PendingEvents {
  /** Settles all whose results have come already: this thread may have been parked while they came. */
  readonly readResults: () => void;
  /** Nothing more is waited for. */
  readonly onIdle: () => void;
}

/** Extra time, in ms, that the other side has to report its own timeout before the sender stops waiting for it. */
const graceMs = 250;

/**
 * What one thread has handed over and not heard of since, by slot number. Keeps the deadline on this thread's loop, so
 * that it holds also when the other side never answers.
 */
export class PendingSends {
  readonly #slots: (Pending | null)[] = [];
  readonly #freeSlots: number[] = [];
  /** Those that still wait for their outcome, in the order of sending, which is that of their deadlines. */
  readonly #waiting = new OrderedList<Pending>();
  readonly #deadlineMs: number;
  readonly #events: PendingEvents;
  #size = 0;
  #timer: LongTimer | null = null;
  #sweepAtMs = 0;
  #wasLate = false;

  constructor(deadlineMs: number, events: PendingEvents) {
    this.#deadlineMs = deadlineMs;
    this.#events = events;
  }

  get size(): number {
    return this.#size;
  }

  /** The slot that `add` will use next. */
  get nextSlot(): number {
    return this.#freeSlots.at(-1) ?? this.#slots.length;
  }

  add(id: string, sentAtMs: number, via?: Via): { slot: number; outcome: Promise<SendOutcome> } {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    const outcome = new Promise<SendOutcome>((resolve) => {
      const pending: Pending = {
        id,
        sentAtMs,
        via,
        resolve,
        isOverdue: false,
        previous: null,
        next: null,
      };
      this.#slots[slot] = pending;
      this.#waiting.add(pending);
    });
    this.#size += 1;
    if (this.#timer === null) this.#sweepIn(this.#deadlineMs + graceMs);
    return { slot, outcome };
  }

  settle(slot: number, outcome: PartialOutcome): void {
    const pending = this.#release(slot);
    if (pending !== null && !pending.isOverdue) {
      const { id, sentAtMs, via } = pending;
      const durationMs = monotonicMs() - sentAtMs;
      pending.resolve(
        via === undefined ? { ...outcome, id, durationMs } : { ...outcome, id, durationMs, via },
      );
    }
    if (this.#size === 0) this.#becomeIdle();
  }

  /** It was not handed over after all. */
  cancel(slot: number): void {
    this.#release(slot);
    if (this.#size === 0) this.#becomeIdle();
  }

  #release(slot: number): Pending | null {
    const pending = this.#slots[slot] ?? null;
    if (pending === null) return null;
    this.#slots[slot] = null;
    this.#freeSlots.push(slot);
    this.#size -= 1;
    if (!pending.isOverdue) this.#waiting.delete(pending);
    return pending;
  }

  #becomeIdle(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#events.onIdle();
  }

  #sweepIn(ms: number): void {
    this.#sweepAtMs = monotonicMs() + ms;
    this.#timer = startTimer(() => this.#sweep(), ms);
  }

  #sweep(): void {
    this.#timer = null;
    this.#events.readResults();
    if (this.#size === 0) return;
    // A thread that was parked or suspended is no proof that the other side ran meanwhile.
    const isLate = monotonicMs() - this.#sweepAtMs > graceMs;
    const waitsOnceMore = isLate && !this.#wasLate;
    this.#wasLate = isLate;
    if (waitsOnceMore) this.#sweepIn(graceMs);
    else this.#endOverdue();
  }

  #endOverdue(): void {
    const now = monotonicMs();
    for (let pending = this.#waiting.first; pending !== null; pending = this.#waiting.first) {
      const waitedMs = now - pending.sentAtMs;
      if (waitedMs < this.#deadlineMs + graceMs) {
        this.#sweepIn(this.#deadlineMs + graceMs - waitedMs);
        return;
      }
      pending.isOverdue = true;
      this.#waiting.delete(pending);
      pending.resolve(withVia(this.#timedOut(pending, waitedMs), pending.via));
    }
    this.#events.onIdle();
  }

  #timedOut(pending: Pending, durationMs: number): SendOutcome {
    return {
      status: 'timed-out',
      id: pending.id,
      attempts: 0,
      durationMs,
      deadlineMs: this.#deadlineMs,
      ambiguous: true,
      waitingFor: 'answer',
    };
  }
}
