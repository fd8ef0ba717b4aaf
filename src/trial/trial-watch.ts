import type { SendOutcome } from '../delivery/outcome.ts';
import type { Arrival } from '../emulator/emulator.ts';
import { LatencyHistogram } from '../measure/histogram.ts';
import { monotonicMs } from '../time/clock.ts';
import type { LoadEvent } from './load/load-event.ts';
import type { ServerRecord } from './server-record.ts';
import type { TrialEvent } from './trial-event.ts';
import type { TrialPlan } from './trial-plan.ts';

export interface LiveFigures {
  readonly sent: number;
  readonly settled: number;
  readonly p99Ms: number | null;
}

/** A trial that is over and has been silent this long, in ms, only waits. */
const calmMs = 400;
const pollMs = 20;

/** Watches what a running trial and the server write, and decides when nothing more is to be waited for. */
export class TrialWatch {
  /** Resolves when every notification has an outcome, or when its time is over. */
  readonly complete: Promise<void>;
  /** Resolves when the trial does nothing but wait: others may run beside it. */
  readonly calm: Promise<void>;
  /** Resolves when the trial says that it has closed everything. */
  readonly closed: Promise<void>;
  readonly #plan: TrialPlan;
  readonly #server: ServerRecord;
  readonly #settled = new Set<string>();
  readonly #latencies = LatencyHistogram.empty();
  readonly #poll: NodeJS.Timeout;
  readonly #openedAtMs = monotonicMs();
  #calls = 0;
  #lastNewsAtMs = monotonicMs();
  #allSettledAtMs: number | null = null;
  #ended = false;
  #beComplete: () => void = () => {};
  #beCalm: () => void = () => {};
  #beClosed: () => void = () => {};

  constructor(plan: TrialPlan, server: ServerRecord) {
    this.#plan = plan;
    this.#server = server;
    this.complete = new Promise((resolve) => {
      this.#beComplete = resolve;
    });
    this.calm = new Promise((resolve) => {
      this.#beCalm = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#beClosed = resolve;
    });
    this.#poll = setInterval(() => this.#look(), pollMs);
    server.onArrival((arrival) => this.#arrive(arrival));
  }

  /** Whether every notification has come to its end: then the trial can be closed as a program would close. */
  get settled(): boolean {
    return this.#allSettledAtMs !== null;
  }

  /** Whether the trial has got as far as starting its timers. */
  get started(): boolean {
    return this.#plan.record.startAtMs !== null;
  }

  add(event: TrialEvent | LoadEvent): void {
    if (event.kind === 'closed') this.#beClosed();
    if (this.#ended) return;
    if (event.kind !== 'usage') this.#lastNewsAtMs = monotonicMs();
    this.#calls += callsIn(event);
    for (const id of this.#plan.record.add(event)) this.#learn(id);
  }

  live(): LiveFigures {
    return {
      sent: this.#calls,
      settled: this.#settled.size,
      p99Ms: this.#latencies.count === 0 ? null : this.#latencies.percentile(99),
    };
  }

  /** What happens afterwards, while everything closes, is not the trial's. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#poll);
    this.#beCalm();
  }

  #learn(id: string): void {
    const outcome = this.#plan.record.of(id).lastOutcome?.outcome ?? null;
    if (this.#server.onlyConfirms === true || isFinal(outcome)) this.#settled.add(id);
  }

  #arrive({ id, atMs }: Arrival): void {
    this.#lastNewsAtMs = monotonicMs();
    if (id === null) return;
    const dueAtMs = this.#plan.dueAtMs(id);
    if (dueAtMs !== null && !this.#settled.has(id)) this.#latencies.record(Math.max(0, atMs - dueAtMs));
    this.#settled.add(id);
  }

  #look(): void {
    const now = monotonicMs();
    if (!this.started) {
      if (now - this.#openedAtMs > this.#plan.startLimitMs) this.#beComplete();
      return;
    }
    if (this.#plan.isOver(now) && now - this.#lastNewsAtMs > calmMs) this.#beCalm();
    if (this.#isSettled(now)) this.#allSettledAtMs ??= now;
    const settled = this.#allSettledAtMs !== null && now - this.#allSettledAtMs >= this.#plan.settleMs;
    if (settled || now > this.#plan.lastChanceAtMs(this.#lastNewsAtMs)) this.#beComplete();
  }

  #isSettled(now: number): boolean {
    const expected = this.#plan.expected();
    if (expected === null || this.#settled.size < expected) return false;
    return now - this.#lastNewsAtMs > this.#plan.responsePatienceMs || this.#isAnswered();
  }

  /** Responses that are still to come belong to the latency, unless the sender has stopped waiting for them. */
  #isAnswered(): boolean {
    const { arrivals, answeredAtMs } = this.#server;
    return arrivals.every(
      ({ id }, place) =>
        answeredAtMs.has(place) || id === null || this.#plan.record.of(id).senderOutcome !== null,
    );
  }
}

/** A failure after which the message can't arrive any more. One that may have been posted is watched on. */
function isFinal(outcome: SendOutcome | null): boolean {
  return outcome !== null && outcome.status !== 'delivered' && !outcome.ambiguous;
}

function callsIn(event: TrialEvent | LoadEvent): number {
  if (event.kind === 'calls') return event.rows.length;
  return event.kind === 'calling' ? 1 : 0;
}
