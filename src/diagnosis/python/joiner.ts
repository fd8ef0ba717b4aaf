import type { SuspendedBetween } from '../collect/process-samples.ts';
import { RequestLedger } from '../collect/request-ledger.ts';
import type { ObservationEnd, ProgramRecord } from '../record.ts';
import type { PythonEvent } from './event.ts';
import type { Holder, StacksOffer } from './held-stacks.ts';
import { PythonProcess } from './process.ts';

/** Joins the events of all Python processes of a program into one record. */
export class PythonJoiner {
  readonly #processes = new Map<number, PythonProcess>();
  readonly #requests: RequestLedger;
  #firstAt: number | null = null;

  /** @param isRelevant whether requests to a URL count */
  constructor(isRelevant: (url: string) => boolean) {
    this.#requests = new RequestLedger(isRelevant);
  }

  get pids(): readonly number[] {
    return [...this.#processes.keys()];
  }

  /** When the first event was written; null before. */
  get firstAt(): number | null {
    return this.#firstAt;
  }

  add(pid: number, event: PythonEvent): void {
    this.#firstAt ??= event.t;
    const known = this.#processes.get(pid);
    const process = known ?? new PythonProcess(pid, this.#requests);
    if (known === undefined) this.#processes.set(pid, process);
    process.add(event);
  }

  /** Processes of which no thread has run for long, and that can say where their threads are. */
  silent(
    at: number,
  ): readonly { readonly pid: number; readonly since: number; readonly offer: StacksOffer }[] {
    return [...this.#processes.values()].flatMap((process) => {
      const offer = process.silentOffer(at);
      return offer === null ? [] : [{ pid: process.pid, since: process.lastAt, offer }];
    });
  }

  /** Which thread keeps the others of its process from running. */
  heldBy(pid: number, holder: Holder): void {
    this.#processes.get(pid)?.heldBy(holder);
  }

  /** The process with this id has ended. */
  processGone(pid: number, code: number | null, signal: string | null = null): void {
    this.#processes.get(pid)?.gone(code, signal);
  }

  /** The record as it stands at `end`. */
  finish(end: ObservationEnd, suspended: SuspendedBetween = () => null): ProgramRecord {
    const processes = [...this.#processes.values()];
    for (const process of processes) process.learnSignal(processes);
    const dead = new Map(processes.flatMap(({ locksLeft }) => [...locksLeft]));
    const facts = processes.map((process) => process.finish(end.at, dead, suspended));
    const threads = processes.flatMap((process) => process.threads);
    return {
      runtime: 'python',
      threads,
      requests: [...threads.flatMap(({ pending }) => [...pending.values()]), ...this.#requests.ended],
      started: this.#requests.started,
      succeeded: this.#requests.succeeded,
      errors: facts.flatMap(({ errors }) => errors),
      overflows: facts.flatMap(({ overflows }) => overflows),
      lostPosts: facts.flatMap(({ lostPosts }) => lostPosts),
      refusedJobs: [],
      droppedJobs: [],
      lateCalls: [],
      fruitlessCallbacks: [],
      leftUndone: [],
      sendingPlaces: [],
      leftPosts: [],
      unansweredPosts: [],
      unhandled: [],
      replaced: [],
      replacedReaders: [],
      unreachable: [],
      killedChildren: [],
      poolWaits: facts.flatMap(({ poolWaits }) => poolWaits),
      periodsWithoutResponses: this.#requests.periodsWithoutResponses,
      swallowed: facts.flatMap(({ swallowed }) => swallowed),
      unstarted: facts.flatMap(({ unstarted }) => unstarted),
      unwoken: facts.flatMap(({ unwoken }) => unwoken),
      losses: [
        ...facts.flatMap(({ losses }) => losses),
        ...processes.flatMap((process) => process.lostBetween(end.at, this.#processes)),
      ],
      places: facts.flatMap(({ places }) => places),
      unfollowed: facts.flatMap(({ unfollowed }) => unfollowed),
      memory: null,
      blindSpots: [],
      unmatched: this.#requests.unmatched,
      command: [],
      end,
    };
  }
}
