import type { SendOutcome } from '../delivery/outcome.ts';
import type { Arrival } from '../emulator/emulator.ts';
import { deliveryPaths } from '../model/names.ts';
import { monotonicMs } from '../time/clock.ts';
import { type LongTimer, startTimer } from '../time/long-timer.ts';
import type { ServerRecord } from './server-record.ts';
import { watchMs } from './standstill-time.ts';
import type { ObservedSpec, TrialEvent } from './trial.ts';

/** Time, in ms, in which a duplicate or the sender's own word may still follow the last outcome. */
const settleMs = 150;

/** Longest time, in ms, from the start of a trial's process to its timers, the confirmation's own deadline aside. */
const startLimitMs = 20_000;

export interface TrialListeners {
  /** Called when the timers run, with the time at which they are due. */
  readonly onStarted?: (dueAtMs: number) => void;
  /** Called with each event as the trial's process tells it. */
  readonly onEvent?: (event: TrialEvent) => void;
}

/** Collects what a running trial and the server say, and tells when nothing more is to be waited for. */
export class TrialRecord {
  readonly events: TrialEvent[] = [];
  /** Resolves when every notification has an outcome, or when its time is over. */
  readonly complete: Promise<void>;
  readonly #spec: ObservedSpec;
  readonly #settled = new Set<string>();
  readonly #server: ServerRecord;
  readonly #listeners: TrialListeners;
  #timer: LongTimer;
  #resolve: () => void = () => {};
  #settling = false;

  constructor(spec: ObservedSpec, server: ServerRecord, listeners: TrialListeners) {
    this.#server = server;
    this.#listeners = listeners;
    this.#spec = spec;
    this.complete = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = startTimer(() => this.#resolve(), startLimitMs + spec.deadlineMs);
    server.onArrival((arrival) => this.#arrive(arrival));
  }

  /** Whether the trial has got as far as starting its timers. */
  get started(): boolean {
    return this.events.some((event) => event.kind === 'timers-started');
  }

  add(event: TrialEvent): void {
    this.events.push(event);
    this.#listeners.onEvent?.(event);
    if (event.kind === 'timers-started') {
      this.#watchUntil(event.dueAtMs);
      this.#listeners.onStarted?.(event.dueAtMs);
    }
    if (event.kind !== 'outcome' && event.kind !== 'settled') return;
    if (this.#server.onlyConfirms === true || isFinal(event.outcome)) this.#settled.add(event.id);
    this.#checkIfSettled();
  }

  stop(): void {
    this.#timer.clear();
  }

  #arrive({ id }: Arrival): void {
    if (id !== null) this.#settled.add(id);
    this.#checkIfSettled();
  }

  #watchUntil(dueAtMs: number): void {
    const { patienceMs } = this.#spec;
    this.#resolveIn(dueAtMs - monotonicMs() + patienceMs + watchMs(patienceMs));
  }

  #checkIfSettled(): void {
    if (this.#settling || this.#settled.size < deliveryPaths.length * this.#spec.count) return;
    this.#settling = true;
    this.#resolveIn(settleMs);
  }

  #resolveIn(ms: number): void {
    this.#timer.clear();
    this.#timer = startTimer(() => this.#resolve(), ms);
  }
}

/** A failure after which the message can't arrive any more. One that may have been posted is watched on. */
function isFinal(outcome: SendOutcome): boolean {
  return outcome.status !== 'delivered' && !outcome.ambiguous;
}
