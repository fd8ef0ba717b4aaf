import type { Timer } from './timer.ts';

/** Where timers wait for their expiry. */
export interface TimerStore {
  add(timers: readonly Timer[]): void;
  cancel(id: string): void;
}

/** One step of the workflow on main: confirm to the user that the timer was set. */
export type Confirm = (timer: Timer) => Promise<void>;

/** Runs the timers' workflow on main: confirm each to its user, then start it. */
export class WorkflowEngine {
  readonly #confirm: Confirm;
  readonly #timers: TimerStore;

  constructor(confirm: Confirm, timers: TimerStore) {
    this.#confirm = confirm;
    this.#timers = timers;
  }

  /** Resolves when every timer has been confirmed and handed to the heartbeat; `start` sets when they are due. */
  async run(timers: readonly Timer[], start: (timer: Timer) => Timer): Promise<readonly Timer[]> {
    await Promise.all(timers.map((timer) => this.#confirm(timer)));
    const started = timers.map(start);
    this.#timers.add(started);
    return started;
  }

  cancel(id: string): void {
    this.#timers.cancel(id);
  }
}
