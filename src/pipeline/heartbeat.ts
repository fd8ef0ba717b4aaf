import { monotonicMs } from '../time/clock.ts';
import type { MessageBus } from './message-bus.ts';
import type { Timer } from './timer.ts';
import { TimerMonitor } from './timer-monitor.ts';

/** What the heartbeat's loop does between two ticks. */
export type Rest =
  /** Awaits a timeout: the event loop runs, and ticks go on while handlers are pending. */
  | 'running'
  /** Waits for the handlers, then parks in `Atomics.wait`: the event loop does not run. */
  | 'parking';

export interface HeartbeatOptions {
  readonly bus: MessageBus;
  readonly thread: string;
  readonly rest: Rest;
  /** Longest time between two ticks, in ms. */
  readonly tickMs: number;
  /** At every tick: the place to take in what other threads have asked for. */
  readonly onTick?: () => void;
  /** Before the handlers of a tick's due timers are called. */
  readonly beforeCalls?: () => void;
  /** After they have been called, before the loop runs on. */
  readonly afterCalls?: () => void;
  /** When all of them have settled; `goesOn` where the next are due already, and a parking heartbeat does not park. */
  readonly afterHandlers?: (goesOn: boolean) => void;
}

/** Checks for expired timers at each tick and publishes `timer-expired` for each. */
export class Heartbeat {
  readonly #monitor = new TimerMonitor();
  readonly #options: HeartbeatOptions;
  readonly #parkingSpot = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #resume: () => void = () => {};
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  add(timers: readonly Timer[]): void {
    for (const timer of timers) this.#monitor.add(timer);
    this.#resume();
  }

  cancel(id: string): boolean {
    return this.#monitor.cancel(id);
  }

  list(): Timer[] {
    return this.#monitor.list();
  }

  /** Ticks until `stop`. */
  async run(): Promise<void> {
    const { rest, onTick } = this.#options;
    while (!this.#stopped) {
      onTick?.();
      const due = this.#monitor.takeDue(monotonicMs());
      const handled = due.length === 0 ? null : this.#expire(due);
      if (rest === 'parking') {
        await handled;
        this.#park();
      } else {
        await this.#pause();
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#resume();
  }

  async #expire(due: readonly Timer[]): Promise<void> {
    const { bus, thread, rest, beforeCalls, afterCalls, afterHandlers } = this.#options;
    beforeCalls?.();
    const now = monotonicMs();
    const handled = due.map((timer) =>
      bus.publish('timer-expired', { timer, thread, lateByMs: now - timer.dueAtMs }),
    );
    afterCalls?.();
    await Promise.all(handled);
    afterHandlers?.(rest === 'parking' && this.#restMs() <= 0);
  }

  #restMs(): number {
    const next = this.#monitor.nextDueAtMs();
    const { tickMs } = this.#options;
    return next === null ? tickMs : Math.min(tickMs, Math.max(0, next - monotonicMs()));
  }

  #park(): void {
    const ms = this.#restMs();
    if (ms > 0) Atomics.wait(this.#parkingSpot, 0, 0, ms);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.ceil(this.#restMs()));
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
