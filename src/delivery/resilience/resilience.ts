import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../time/clock.ts';
import type { Judged } from './attempt.ts';
import type { Turn } from './channel-queue.ts';
import { ChannelQueues } from './channel-queues.ts';
import { Circuit, type CircuitOpen } from './circuit.ts';
import type { CircuitName, ResilienceOptions } from './options.ts';
import { delayBeforeRetry } from './retry.ts';
import type { SharedHolds } from './shared-holds.ts';

export interface Job<Result> {
  /** Messages to the same channel keep their order and share its rate. */
  readonly channel: string;
  /** On `monotonicMs`. */
  readonly deadlineAtMs: number;
  /** Makes one request that settles within `timeoutMs`. Never rejects. */
  attempt(timeoutMs: number): Promise<Judged<Result>>;
}

export type Run<Result> = {
  readonly circuit: CircuitName | null;
  /** True when any of the attempts may have been posted. */
  readonly ambiguous: boolean;
} & (
  | { readonly kind: 'attempted'; readonly result: Result }
  /** The deadline passed before the first request might go, at the channel's pace. */
  | { readonly kind: 'overdue' }
  /** No request was made, because the server wants nothing for the channel until after the deadline. On `monotonicMs`. */
  | { readonly kind: 'held'; readonly untilMs: number }
  /** No request was made, because the circuit was open until too late. */
  | CircuitOpen
);

/** What one thread knows of the server and of its channels: retries, rate and circuit around single attempts. */
export class Resilience {
  readonly #options: ResilienceOptions;
  readonly #queues: ChannelQueues;
  readonly #circuit: Circuit | null;

  /** @param holds what other threads know of the same channels; null where there are none */
  constructor(options: ResilienceOptions, holds: SharedHolds | null = null) {
    this.#options = options;
    this.#queues = new ChannelQueues(options.rate, holds);
    this.#circuit = options.breaker === null ? null : new Circuit(options.breaker);
  }

  async run<Result>(job: Job<Result>): Promise<Run<Result>> {
    const turn = this.#queues.turn(job.channel, job.deadlineAtMs);
    try {
      return await this.#attemptUntilSettled(job, turn);
    } finally {
      turn.end();
    }
  }

  async #attemptUntilSettled<Result>(job: Job<Result>, turn: Turn): Promise<Run<Result>> {
    const timeMs = job.deadlineAtMs - monotonicMs();
    let last: Judged<Result> | null = null;
    let ambiguous = false;
    let retries = 0;
    for (;;) {
      const go = await turn.next();
      if (go.kind !== 'go') return this.#ended(last === null ? go : attempted(last), ambiguous);
      const judged = await this.#guarded(job, timeMs, this.#timeoutOf(job, retries));
      if (judged.kind === 'circuit-open')
        return this.#ended(last === null ? judged : attempted(last), ambiguous);
      last = judged;
      ambiguous ||= judged.ambiguous;
      this.#note(job.channel, judged, turn);
      // It waits for its channel as all do that come after it, and that is no failure of its own.
      if (judged.rateLimited) continue;
      const delayMs = delayBeforeRetry(judged, retries, this.#options, Math.random());
      // Waiting beyond the deadline helps nobody: the failure is reported now.
      if (delayMs === null || monotonicMs() + delayMs >= job.deadlineAtMs)
        return this.#ended(attempted(judged), ambiguous);
      await sleep(delayMs);
      retries += 1;
    }
  }

  /** What the server's response says of the channel. */
  #note(channel: string, judged: Judged<unknown>, turn: Turn): void {
    if (judged.rateLimited) {
      turn.hold(judged.retryAfterMs);
      return;
    }
    turn.answered();
    turn.accepted();
    if (judged.channel !== null) this.#queues.learn(channel, judged.channel);
  }

  #guarded<Result>(
    job: Job<Result>,
    timeMs: number,
    timeoutOf: () => number,
  ): Promise<Judged<Result> | CircuitOpen> {
    const attempt = () => job.attempt(timeoutOf());
    const { deadlineAtMs } = job;
    return this.#circuit === null ? attempt() : this.#circuit.run(attempt, { deadlineAtMs, timeMs });
  }

  /** A silent server takes all the time there is, unless another attempt may follow it. */
  #timeoutOf(job: Job<unknown>, retries: number): () => number {
    const mayFollow = this.#options.retryAmbiguous && retries < this.#options.maxRetries;
    return () => Math.max(1, (job.deadlineAtMs - monotonicMs()) / (mayFollow ? 2 : 1));
  }

  #ended<End>(end: End, ambiguous: boolean): End & { circuit: CircuitName | null; ambiguous: boolean } {
    return { ...end, circuit: this.#circuit?.state ?? null, ambiguous };
  }
}

function attempted<Result>(judged: Judged<Result>): { kind: 'attempted'; result: Result } {
  return { kind: 'attempted', result: judged.result };
}
