import { monotonicMs } from '../time/clock.ts';
import type { Timer } from './timer.ts';
import type { WorkflowEngine } from './workflow-engine.ts';

/** A timer as a user asks for it. */
export type TimerRequest = Omit<Timer, 'dueAtMs'>;

/** Takes users' requests on main and sees the timers' workflow through. */
export class Supervisor {
  readonly #engine: WorkflowEngine;

  constructor(engine: WorkflowEngine) {
    this.#engine = engine;
  }

  /** Confirms and starts timers together. The duration counts from the confirmation; all of one call start at once. */
  setTimers(requests: readonly TimerRequest[]): Promise<readonly Timer[]> {
    const asked = requests.map((request) => ({ ...request, dueAtMs: monotonicMs() + request.durationMs }));
    let startedAtMs: number | null = null;
    return this.#engine.run(asked, (timer) => {
      startedAtMs ??= monotonicMs();
      return { ...timer, dueAtMs: startedAtMs + timer.durationMs };
    });
  }

  cancel(id: string): void {
    this.#engine.cancel(id);
  }
}
