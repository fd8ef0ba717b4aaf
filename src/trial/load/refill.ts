import type { Timer } from '../../pipeline/timer.ts';
import { monotonicMs } from '../../time/clock.ts';
import { logLoadEvent } from './load-event.ts';
import { initialTimers, type TrialLoad } from './trial-load.ts';

/** Keeps a closed loop at its concurrency: whenever a notification has settled, the next timer is due. */
export class Refill {
  readonly #load: TrialLoad;
  readonly #add: (timers: readonly Timer[]) => void;
  #startedAtMs: number | null = null;
  #started: number;
  #measured: number;
  #ended = false;

  constructor(load: TrialLoad, add: (timers: readonly Timer[]) => void) {
    this.#load = load;
    this.#add = add;
    this.#started = initialTimers(load);
    this.#measured = load.warmUpMs === 0 ? this.#started : 0;
  }

  expired({ dueAtMs }: Timer): void {
    this.#startedAtMs ??= dueAtMs;
  }

  settled(channel: string): void {
    if (this.#ended) return;
    const now = monotonicMs();
    const elapsedMs = now - (this.#startedAtMs ?? now);
    if (this.#isOver(elapsedMs)) {
      this.#end();
      return;
    }
    if (elapsedMs >= this.#load.warmUpMs) this.#measured += 1;
    this.#started += 1;
    this.#add([{ id: `timer-${this.#started}`, durationMs: 0, dueAtMs: now, channel }]);
  }

  #isOver(elapsedMs: number): boolean {
    const { count, durationMs, warmUpMs } = this.#load;
    return count === null ? elapsedMs >= warmUpMs + (durationMs ?? 0) : this.#measured >= count;
  }

  #end(): void {
    this.#ended = true;
    logLoadEvent({ kind: 'load-ended', started: this.#started });
  }
}
