import type { SuspendedBetween } from '../collect/process-samples.ts';
import type { HowSuspended, Standstill, Suspension } from '../record.ts';
import type { EventOf } from './event.ts';
import { heldStandstill } from './standstills.ts';
import type { PythonThread } from './thread.ts';

/** A request that begins this soon after its process ran again, in ms, had waited for that. */
const soonMs = 500;
const keptGaps = 20;

/** A time in which no thread of the process wrote anything. */
interface Gap {
  readonly from: number;
  readonly to: number | null;
  /** Where its threads had been started, and where they were when it ran again. */
  readonly places: Map<number, EventOf<'ran-again'>['threads'][number]>;
  /** The first request of each thread that came soon after. */
  readonly requests: Map<number, EventOf<'request'>>;
}

/** Times in which a whole process may have been kept from running. */
export class Suspensions {
  readonly #leastMs = 1000;
  #gaps: readonly Gap[] = [];

  /** The process writes events again, the last of which was written at `since`. */
  ranAgain(since: number, at: number): void {
    if (since === 0 || at - since < this.#leastMs) return;
    this.#gaps = [...this.#gaps, gap(since, at)].slice(-keptGaps);
  }

  notePlaces({ t, threads }: EventOf<'ran-again'>): void {
    const last = this.#gaps.at(-1);
    if (last === undefined || t - (last.to ?? t) > soonMs) return;
    for (const place of threads) last.places.set(place.thread.id, place);
  }

  noteRequest(event: EventOf<'request'>): void {
    const last = this.#gaps.at(-1);
    if (last === undefined || event.t - (last.to ?? event.t) > soonMs) return;
    if (!last.requests.has(event.thread.id)) last.requests.set(event.thread.id, event);
  }

  /** What the kernel kept a thread from; `openSince`: when it wrote last, where it has not since. */
  of(
    thread: PythonThread,
    suspended: SuspendedBetween,
    openSince: number | null,
    endedAt: number,
  ): readonly Suspension[] {
    const all = openSince === null ? this.#gaps : [...this.#gaps, gap(openSince, null)];
    return all.flatMap((one) => {
      const how = suspended(thread.pid, one.from, one.to ?? endedAt);
      return how === null ? [] : [suspension(thread, how, one, endedAt)];
    });
  }
}

function gap(from: number, to: number | null): Gap {
  return { from, to, places: new Map(), requests: new Map() };
}

function suspension(thread: PythonThread, how: HowSuspended, one: Gap, endedAt: number): Suspension {
  const standstill: Standstill = { ...heldStandstill(one.from, one.to ?? endedAt, []), to: one.to };
  const request = one.requests.get(thread.tid);
  const place = one.places.get(thread.tid);
  const isOld = place === undefined ? thread.startedAt <= one.from : (place.ageMs ?? soonMs) >= soonMs;
  return {
    how,
    standstill,
    stoppedBy: null,
    interrupted: [],
    sentAfter:
      // One that had no CPU may have had nothing to send before.
      request === undefined || one.to === null || how === 'starved' || !isOld
        ? null
        : { afterMs: Math.max(0, request.t - one.to), stack: request.stack, started: place?.started ?? [] },
  };
}
