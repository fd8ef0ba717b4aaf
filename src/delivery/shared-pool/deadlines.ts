import { monotonicMs } from '../../time/clock.ts';
import { type LongTimer, startTimer } from '../../time/long-timer.ts';
import { type Listed, OrderedList } from '../ordered-list.ts';

/** Something under way that is ended when its time has come. */
export interface Due extends Listed<Due> {
  readonly dueAtMs: number;
  timeOut(): void;
}

/** Keeps the deadlines of what is under way with a single timer: they come in nearly the order in which they are due. */
export class Deadlines {
  readonly #open = new OrderedList<Due>();
  #timer: LongTimer | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;

  add(due: Due): void {
    this.#open.add(due);
    if (due.dueAtMs < this.#timerAtMs) this.#wakeAt(due.dueAtMs);
  }

  delete(due: Due): void {
    this.#open.delete(due);
  }

  #wakeAt(atMs: number): void {
    this.#timer?.clear();
    this.#timerAtMs = atMs;
    // After what has arrived is read: a thread that ran late, or was suspended, has responses waiting at its sockets.
    const onDue = () => setImmediate(() => this.#endDue());
    // What is under way keeps the thread alive, not the timer.
    this.#timer = startTimer(onDue, atMs - monotonicMs()).unref();
  }

  #endDue(): void {
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = monotonicMs();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const due of this.#all()) {
      if (due.dueAtMs > now) nextAtMs = Math.min(nextAtMs, due.dueAtMs);
      else due.timeOut();
    }
    if (Number.isFinite(nextAtMs) && nextAtMs < this.#timerAtMs) this.#wakeAt(nextAtMs);
  }

  #all(): Due[] {
    const all: Due[] = [];
    for (let due = this.#open.first; due !== null; due = due.next) all.push(due);
    return all;
  }
}
