import { monotonicMs } from '../measure/clock.ts';
import { type Listed, OrderedList } from './ordered-list.ts';
import { type SendOutcome, type Via, withVia } from './outcome.ts';

interface Pending extends Listed<Pending> {
  readonly id: string;
  readonly sentAtMs: number;
  readonly via: Via | undefined;
  readonly resolve: (outcome: SendOutcome) => void;
  /** True once the sender was told that the deadline passed; the slot stays taken until the other side answers. */
  told: boolean;
}

/** An outcome without what the sender itself knows best. */
export type Untold = Without<SendOutcome, 'id' | 'durationMs'>;

/** Of each kind of outcome by itself, so that they stay apart. */
type Without<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** Extra time, in ms, that the other side has to report its own timeout before the sender stops waiting for it. */
const graceMs = 250;

/**
 * What one thread has handed over and not heard of since, by slot number. Keeps the deadline on this thread's loop, so
 * that it holds also when the other side never answers.
 */
export class PendingSends {
  readonly #slots: (Pending | null)[] = [];
  readonly #freeSlots: number[] = [];
  /** Those that still wait to be told, in the order of sending, which is that of their deadlines. */
  readonly #waiting = new OrderedList<Pending>();
  readonly #deadlineMs: number;
  readonly #onIdle: () => void;
  #size = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(deadlineMs: number, onIdle: () => void) {
    this.#deadlineMs = deadlineMs;
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#size;
  }

  add(id: string, sentAtMs: number, via?: Via): { slot: number; outcome: Promise<SendOutcome> } {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    const outcome = new Promise<SendOutcome>((resolve) => {
      const pending: Pending = { id, sentAtMs, via, resolve, told: false, previous: null, next: null };
      this.#slots[slot] = pending;
      this.#waiting.add(pending);
    });
    this.#size += 1;
    this.#timer ??= this.#sweepIn(this.#deadlineMs + graceMs);
    return { slot, outcome };
  }

  settle(slot: number, outcome: Untold): void {
    const pending = this.#slots[slot];
    if (pending === undefined || pending === null) return;
    this.#slots[slot] = null;
    this.#freeSlots.push(slot);
    this.#size -= 1;
    if (!pending.told) {
      this.#waiting.delete(pending);
      const { id, sentAtMs, via } = pending;
      const durationMs = monotonicMs() - sentAtMs;
      pending.resolve(
        via === undefined ? { ...outcome, id, durationMs } : { ...outcome, id, durationMs, via },
      );
    }
    if (this.#size === 0) this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#onIdle();
  }

  #sweepIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), ms);
  }

  #sweep(): void {
    this.#timer = null;
    const now = monotonicMs();
    for (let pending = this.#waiting.first; pending !== null; pending = this.#waiting.first) {
      const waitedMs = now - pending.sentAtMs;
      if (waitedMs < this.#deadlineMs + graceMs) {
        this.#timer = this.#sweepIn(this.#deadlineMs + graceMs - waitedMs);
        return;
      }
      pending.told = true;
      this.#waiting.delete(pending);
      pending.resolve(withVia(this.#timedOut(pending, waitedMs), pending.via));
    }
    this.#onIdle();
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
