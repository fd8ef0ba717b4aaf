import { monotonicMs } from '../measure/clock.ts';
import type { SendOutcome } from './outcome.ts';

interface Pending {
  readonly id: string;
  readonly sentAtMs: number;
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
  readonly #pending = new Map<number, Pending>();
  readonly #freeSlots: number[] = [];
  readonly #deadlineMs: number;
  readonly #onIdle: () => void;
  #nextSlot = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(deadlineMs: number, onIdle: () => void) {
    this.#deadlineMs = deadlineMs;
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#pending.size;
  }

  add(id: string, sentAtMs: number): { slot: number; outcome: Promise<SendOutcome> } {
    const slot = this.#freeSlots.pop() ?? this.#nextSlot++;
    const outcome = new Promise<SendOutcome>((resolve) => {
      this.#pending.set(slot, { id, sentAtMs, resolve, told: false });
    });
    this.#timer ??= this.#sweepIn(this.#deadlineMs + graceMs);
    return { slot, outcome };
  }

  settle(slot: number, outcome: Untold): void {
    const pending = this.#pending.get(slot);
    if (pending === undefined) return;
    this.#pending.delete(slot);
    this.#freeSlots.push(slot);
    if (!pending.told)
      pending.resolve({ ...outcome, id: pending.id, durationMs: monotonicMs() - pending.sentAtMs });
    if (this.#pending.size === 0) this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#onIdle();
  }

  #sweepIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), ms);
  }

  /** Slots are kept in the order of sending and share one deadline, so the first that is not due ends the sweep. */
  #sweep(): void {
    this.#timer = null;
    const now = monotonicMs();
    for (const pending of this.#pending.values()) {
      if (pending.told) continue;
      const waitedMs = now - pending.sentAtMs;
      if (waitedMs < this.#deadlineMs + graceMs) {
        this.#timer = this.#sweepIn(this.#deadlineMs + graceMs - waitedMs);
        return;
      }
      pending.told = true;
      pending.resolve(this.#timedOut(pending, waitedMs));
    }
    if (this.#allTold()) this.#onIdle();
  }

  #allTold(): boolean {
    for (const pending of this.#pending.values()) if (!pending.told) return false;
    return true;
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
