import type { EventOf } from './event.ts';
import type { Holder } from './held-stacks.ts';

/** A time in which one thread kept the others of its process from running. */
export interface Hold extends Holder {
  readonly from: number;
  readonly to: number;
  /** The first request of each loop that came soon after. */
  readonly requests: Map<number, EventOf<'request'>>;
}

/** Without an event for this long, in ms, no thread of a watched process came to run. */
export const silentMs = 500;
/** A request of a loop that comes this soon, in ms, had waited for it. */
const soonMs = 2000;
const keptHolds = 20;
/** What has its reason in a hold is within it for this share of its time. */
const decisiveShare = 0.6;

/** Where native code kept the interpreter's lock, as answers to a signal said. */
export class Holds {
  /** The last answer, and the last event before it was asked for. */
  #answer: { readonly since: number; readonly holder: Holder } | null = null;
  #past: readonly Hold[] = [];

  get past(): readonly Hold[] {
    return this.#past;
  }

  answered(since: number, holder: Holder): void {
    this.#answer = { since, holder };
  }

  /** Null where nothing is known. */
  holderSince(since: number): Holder | null {
    return this.#answer?.since === since ? this.#answer.holder : null;
  }

  /** The process writes events again, the last of which was written at `since`. */
  ranAgain(since: number, at: number): void {
    const holder = at - since < silentMs ? null : this.holderSince(since);
    if (holder !== null)
      this.#past = [...this.#past, { ...holder, from: since, to: at, requests: new Map() }].slice(-keptHolds);
  }

  noteRequest(event: EventOf<'request'>): void {
    const last = this.#past.at(-1);
    if (last === undefined || event.loop === null || event.t - last.to > soonMs) return;
    if (event.thread.id !== last.tid && !last.requests.has(event.loop)) last.requests.set(event.loop, event);
  }

  /** The one that fills most of a time. */
  behind(from: number, to: number): Hold | null {
    return this.#past.find((hold) => overlap(hold, from, to) >= (to - from) * decisiveShare) ?? null;
  }
}

export function overlap(hold: Pick<Hold, 'from' | 'to'>, from: number, to: number): number {
  return Math.min(hold.to, to) - Math.max(hold.from, from);
}
