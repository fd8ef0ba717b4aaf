import type { ForgottenTimer, Overflow } from '../record.ts';
import type { EventOf } from './event.ts';
import type { PythonThread } from './thread.ts';

/** The threading.Timers of one process that have not fired. */
export class PythonTimers {
  readonly #timers = new Map<number, EventOf<'timer'>>();

  set(event: EventOf<'timer'>): void {
    this.#timers.set(event.n, event);
  }

  over({ n }: EventOf<'timer-fired' | 'timer-over'>): void {
    this.#timers.delete(n);
  }

  /** Those that keep no program alive. */
  forgotten(): readonly ForgottenTimer[] {
    return this.#thatSend()
      .filter(({ daemon }) => daemon)
      .map(({ t: at, delayMs, stack }) => ({
        delayMs,
        stack,
        at,
        besideRequest: false,
        isSleep: false,
        purpose: 'unknown',
        repeats: false,
      }));
  }

  /** Those whose delay no thread can wait for. */
  overflows(thread: PythonThread): readonly Overflow[] {
    return this.#thatSend()
      .filter(({ overflows }) => overflows)
      .map(({ t: at, delayMs, stack: frames }) => ({ thread, at, delayMs, frames }));
  }

  #thatSend(): readonly EventOf<'timer'>[] {
    return [...this.#timers.values()].filter(({ leads }) => leads);
  }
}
