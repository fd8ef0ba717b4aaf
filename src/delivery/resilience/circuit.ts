import { setTimeout as sleep } from 'node:timers/promises';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import { monotonicMs } from '../../time/clock.ts';
import type { Judged } from './attempt.ts';
import type { BreakerOptions, CircuitName } from './options.ts';

const names = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const satisfies Record<CircuitState, CircuitName>;

/**
 * Stops requests for a while when the server or the network fails again and again, then lets one through to see. A
 * message waits for that where its deadline allows it, because it is worth more late than not at all.
 */
export class Circuit {
  readonly #policy: CircuitBreakerPolicy;
  readonly #openMs: number;
  #openedAtMs = 0;

  constructor({ failures, openMs }: BreakerOptions) {
    this.#openMs = openMs;
    this.#policy = circuitBreaker(handleWhenResult(isUnhealthy), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    this.#policy.onBreak(() => {
      this.#openedAtMs = monotonicMs();
    });
  }

  get state(): CircuitName {
    return names[this.#policy.state];
  }

  /** Null when the circuit stays open beyond the deadline: then nothing was requested. */
  async run<Result>(
    attempt: () => Promise<Judged<Result>>,
    deadlineAtMs: number,
  ): Promise<Judged<Result> | null> {
    while (true) {
      try {
        return await this.#policy.execute(attempt);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        const opensAtMs = this.#openedAtMs + this.#openMs;
        if (opensAtMs >= deadlineAtMs) return null;
        await sleep(Math.max(1, Math.ceil(opensAtMs - monotonicMs())));
      }
    }
  }
}

function isUnhealthy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'unhealthy' in value && value.unhealthy === true;
}
