import type { Failed, TimedOut } from '../../delivery/outcome.ts';
import type { Arrival, Session } from '../../emulator/emulator.ts';
import { LatencyHistogram } from '../../measure/histogram.ts';
import { monotonicMs } from '../../time/clock.ts';
import { watchMs } from '../standstill-time.ts';
import type { TrialEvent, TrialSpec } from '../trial.ts';
import type { LoadEvent } from './load-event.ts';
import { lengthMs, scheduleOf, type TrialLoad, timerIndexOf } from './trial-load.ts';

export type Usage = Extract<LoadEvent, { kind: 'usage' }>;

export interface Told {
  readonly atMs: number;
  /** Null for delivered. */
  readonly outcome: Failed | TimedOut | null;
}

export interface LiveFigures {
  readonly sent: number;
  readonly settled: number;
  readonly p99Ms: number | null;
}

/** Time, in ms, in which a duplicate or the sender's own word may still follow the last outcome. */
const settleMs = 60;
/** Longest time, in ms, from the start of a trial's process to its load. */
const startLimitMs = 20_000;
/** A trial whose load is over and which has been silent this long, in ms, only waits. */
const calmMs = 400;
const pollMs = 20;

/** Collects what a trial under load and the server say, and tells when nothing more is to be waited for. */
export class LoadRecord {
  readonly events: TrialEvent[] = [];
  /** When each timer was due, by its index, where a call was made for it. */
  readonly due = new Map<number, number>();
  readonly calledAtMs = new Map<number, number>();
  readonly told = new Map<number, Told>();
  readonly usages: Usage[] = [];
  startAtMs: number | null = null;
  /** Resolves when every notification has an outcome, or when its time is over. */
  readonly complete: Promise<void>;
  /** Resolves when the load is over and the trial does nothing but wait: others may run beside it. */
  readonly calm: Promise<void>;
  /** Resolves when the trial says that it has closed everything. */
  readonly closed: Promise<void>;
  readonly #spec: TrialSpec;
  readonly #load: TrialLoad;
  readonly #session: Session;
  readonly #settled = new Set<number>();
  readonly #live = LatencyHistogram.empty();
  readonly #poll: NodeJS.Timeout;
  readonly #openedAtMs = monotonicMs();
  #lastNewsAtMs = monotonicMs();
  /** Of a closed loop, once it has ended. */
  #started: number | null = null;
  #allSettledAtMs: number | null = null;
  /** What happens afterwards, while everything closes, is not the load's. */
  #over = false;
  #complete: () => void = () => {};
  #beCalm: () => void = () => {};
  #beClosed: () => void = () => {};

  constructor(spec: TrialSpec, load: TrialLoad, session: Session) {
    this.#spec = spec;
    this.#load = load;
    this.#session = session;
    this.complete = new Promise((resolve) => {
      this.#complete = () => {
        this.#over = true;
        resolve();
      };
    });
    this.calm = new Promise((resolve) => {
      this.#beCalm = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#beClosed = resolve;
    });
    this.#poll = setInterval(() => this.#look(), pollMs);
    session.onArrival((arrival) => this.#arrive(arrival));
  }

  /** Whether every notification has come to its end: then the trial can be closed as a program would close. */
  get settled(): boolean {
    return this.#allSettledAtMs !== null;
  }

  add(event: TrialEvent | LoadEvent): void {
    if (this.#over && event.kind !== 'closed') return;
    switch (event.kind) {
      case 'load-started':
        this.startAtMs = event.startAtMs;
        break;
      case 'load-ended':
        this.#started = event.started;
        break;
      case 'calls':
        for (const [index, dueAtMs, atMs] of event.rows) this.#called(index, dueAtMs, atMs);
        break;
      case 'outcomes':
        for (const [index, atMs, outcome] of event.rows) this.#tell(index, { atMs, outcome });
        break;
      case 'usage':
        this.usages.push(event);
        break;
      case 'closed':
        this.#beClosed();
        break;
      case 'calling':
        this.#called(timerIndexOf(event.id), null, event.atMs);
        break;
      case 'outcome':
        this.#tell(timerIndexOf(event.id), {
          atMs: event.atMs,
          outcome: event.outcome.status === 'delivered' ? null : event.outcome,
        });
        break;
      default:
        this.events.push(event);
    }
  }

  stop(): void {
    clearInterval(this.#poll);
    this.#beCalm();
  }

  /** When a timer was due: by the schedule, or in a closed loop when the one before it had settled. */
  dueAtMs(index: number): number | null {
    const schedule = scheduleOf(this.#load);
    if (schedule === null || this.startAtMs === null) return this.due.get(index) ?? null;
    return this.startAtMs + index * schedule.intervalMs;
  }

  live(): LiveFigures {
    return {
      sent: this.calledAtMs.size,
      settled: this.#settled.size,
      p99Ms: this.#live.count === 0 ? null : this.#live.percentile(99),
    };
  }

  #called(index: number, dueAtMs: number | null, atMs: number): void {
    this.#lastNewsAtMs = monotonicMs();
    this.calledAtMs.set(index, atMs);
    this.due.set(index, dueAtMs ?? this.dueAtMs(index) ?? atMs);
  }

  #tell(index: number, told: Told): void {
    this.#lastNewsAtMs = monotonicMs();
    this.told.set(index, told);
    if (told.outcome !== null && !told.outcome.ambiguous) this.#settle(index);
  }

  #arrive({ id, atMs }: Arrival): void {
    this.#lastNewsAtMs = monotonicMs();
    if (id === null) return;
    const index = timerIndexOf(id);
    const dueAtMs = this.dueAtMs(index);
    if (dueAtMs !== null && !this.#settled.has(index)) this.#live.record(atMs - dueAtMs);
    this.#settle(index);
  }

  #settle(index: number): void {
    this.#settled.add(index);
  }

  #look(): void {
    const now = monotonicMs();
    if (this.startAtMs === null) {
      if (now - this.#openedAtMs > startLimitMs) this.#complete();
      return;
    }
    if (this.#isOver(now) && now - this.#lastNewsAtMs > calmMs) this.#beCalm();
    if (this.#everythingSettled()) this.#allSettledAtMs ??= now;
    const settled = this.#allSettledAtMs !== null && now - this.#allSettledAtMs >= settleMs;
    if (settled || now > this.#lastChanceAtMs()) this.#complete();
  }

  #isOver(now: number): boolean {
    const length = lengthMs(this.#load);
    if (this.#started !== null) return true;
    return length !== null && this.startAtMs !== null && now > this.startAtMs + length;
  }

  #everythingSettled(): boolean {
    const schedule = scheduleOf(this.#load);
    const expected = schedule === null ? this.#started : schedule.warmUps + schedule.measured;
    if (expected === null || this.#settled.size < expected) return false;
    return this.#isAnswered() || this.#isSilent();
  }

  /** Answers that are still to come belong to the latency, unless the sender has stopped waiting for them. */
  #isAnswered(): boolean {
    const { arrivals, answeredAtMs } = this.#session;
    return arrivals.every(
      ({ id }, place) => answeredAtMs.has(place) || id === null || this.told.has(timerIndexOf(id)),
    );
  }

  /** An answer that never comes is not waited for. */
  #isSilent(): boolean {
    return monotonicMs() - this.#lastNewsAtMs > this.#spec.patienceMs;
  }

  #lastChanceAtMs(): number {
    const { patienceMs } = this.#spec;
    const length = lengthMs(this.#load);
    const from = length === null || this.startAtMs === null ? this.#lastNewsAtMs : this.startAtMs + length;
    return from + patienceMs + watchMs(patienceMs);
  }
}
