import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../time/clock.ts';
import { settlesWithin } from '../../time/long-timer.ts';
import type { Judged, ServerWord } from './attempt.ts';
import type { BreakerOptions, CircuitName } from './options.ts';

/** Time, in ms, that a server always has to respond: what was given less, because it had waited here, says nothing of it. */
const leastResponseMs = 1000;

/** Responses whose time is remembered: a silence says something where it is longer than any of them. */
const responsesKept = 16;

/** A message that may go through the circuit. */
export interface Admission {
  /** On `monotonicMs`. */
  readonly deadlineAtMs: number;
  /** The time that it had until then when it came, in ms. */
  readonly timeMs: number;
}

/** `openUntilMs`, on `monotonicMs`, is null while another message tries. */
export type CircuitOpen = { readonly kind: 'circuit-open'; readonly openUntilMs: number | null };

/**
 * Stops requests for a while when the server or the network fails again and again, then lets one through to see. Only what
 * the server did counts, not how long a message had waited here. A message waits for the circuit where that leaves it
 * time to be answered; where it does not, it is refused at once.
 */
export class Circuit {
  readonly #options: BreakerOptions;
  readonly #responsesMs: number[] = [];
  #failures = 0;
  #openUntilMs: number | null = null;
  #trial: Promise<unknown> | null = null;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): CircuitName {
    if (this.#trial !== null) return 'half-open';
    return this.#openUntilMs === null ? 'closed' : 'open';
  }

  async run<Result>(
    attempt: () => Promise<Judged<Result>>,
    message: Admission,
  ): Promise<Judged<Result> | CircuitOpen> {
    const lastAtMs = message.deadlineAtMs - leastMs(message);
    for (let hasWaited = false; ; hasWaited = true) {
      if (hasWaited && monotonicMs() > lastAtMs) return this.#refusal();
      if (this.#trial !== null) {
        if (!(await settlesWithin(this.#trial, lastAtMs - monotonicMs()))) return this.#refusal();
        continue;
      }
      const openUntilMs = this.#openUntilMs;
      if (openUntilMs === null) return this.#note(await attempt(), message);
      if (openUntilMs > lastAtMs || monotonicMs() > lastAtMs) return this.#refusal();
      const waitMs = openUntilMs - monotonicMs();
      if (waitMs <= 0) return this.#try(attempt);
      await sleep(Math.ceil(waitMs));
    }
  }

  #refusal(): CircuitOpen {
    return { kind: 'circuit-open', openUntilMs: this.#trial === null ? this.#openUntilMs : null };
  }

  async #try<Result>(attempt: () => Promise<Judged<Result>>): Promise<Judged<Result>> {
    const trial = attempt();
    this.#trial = trial;
    const judged = await trial.finally(() => {
      this.#trial = null;
    });
    // Whatever is no response shows nothing, so the circuit stays open.
    if (judged.server.kind === 'answered') this.#close(judged.server.afterMs);
    else this.#open();
    return judged;
  }

  #note<Result>(judged: Judged<Result>, message: Admission): Judged<Result> {
    const { server } = judged;
    // An attempt that had begun before the circuit opened.
    if (this.#openUntilMs !== null) return judged;
    if (server.kind === 'answered') this.#close(server.afterMs);
    else if (this.#isFailure(server, message)) this.#failures += 1;
    if (this.#failures >= this.#options.failures) this.#open();
    return judged;
  }

  #isFailure(server: ServerWord, message: Admission): boolean {
    if (server.kind !== 'silent') return server.kind === 'failed';
    return server.forMs >= Math.max(leastMs(message), ...this.#responsesMs);
  }

  #open(): void {
    this.#openUntilMs = monotonicMs() + this.#options.openMs;
  }

  #close(responseMs: number): void {
    this.#openUntilMs = null;
    this.#failures = 0;
    this.#responsesMs.push(responseMs);
    if (this.#responsesMs.length > responsesKept) this.#responsesMs.shift();
  }
}

/** Of a message with little time, half of that. */
function leastMs({ timeMs }: Admission): number {
  return Math.min(leastResponseMs, timeMs / 2);
}
