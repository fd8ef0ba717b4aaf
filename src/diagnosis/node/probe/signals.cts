import type { Abandonment, Deadline } from '../protocol.ts';
import { abandonmentOf } from './errors.cjs';
import { marks } from './marks.cjs';
import { hasOpenResponse } from './served-requests.cjs';
import { framesHere, isInCloseOfIncoming, isInTimer } from './stack.cjs';
import { wrapMethod } from './wrap.cjs';

const deadlines = marks<Deadline>();

/** The deadline that a signal stands for, as far as it is known. */
export function deadlineOf(signal: AbortSignal | null): Deadline | null {
  return signal === null ? null : deadlines.of(signal);
}

const abortedByTimer = marks<true>();

/** Why a request whose client speaks of an abort was given up, by the signal that it was given. */
export function abandonmentBySignal(signal: AbortSignal | null, reported: Abandonment): Abandonment {
  if (reported === 'deadline' || signal === null || !signal.aborted) return reported;
  const by = abandonmentOf(signal.reason);
  if (by === 'deadline') return by;
  return abortedByTimer.of(signal) ? 'timer' : 'program';
}

/** Signals with which a request was begun before they were aborted, and where they were. */
const served = marks<true>();
const abortedAt = marks<readonly string[]>();
const mostAborts = 50;
let abortsLookedAt = 0;

export function requestBegins(signal: AbortSignal): void {
  if (signal.aborted) return;
  served.set(signal, true);
  for (const source of sourcesOf(signal)) if (!source.aborted) served.set(source, true);
}

/** Where the program aborted a signal, or one that it is made of, that had served requests before; null where it did not. */
export function placeOfAbort(signal: AbortSignal): readonly string[] | null {
  return placeAmong(abortedAt, signal);
}

function placeAmong(places: typeof abortedAt, signal: AbortSignal): readonly string[] | null {
  for (const one of [signal, ...sourcesOf(signal)]) {
    const place = places.of(one);
    if (place !== null) return place;
  }
  return null;
}

/** Signals that a listener of an incoming request's "close" aborted, while its client waited for the response: and where. */
const closedAt = marks<readonly string[]>();

export function placeOfClose(signal: AbortSignal | null): readonly string[] | null {
  return signal === null ? null : placeAmong(closedAt, signal);
}

/** Those of which `AbortSignal.any` made one. */
const sources = marks<readonly WeakRef<AbortSignal>[]>();
const mostSources = 10;

function sourcesOf(signal: AbortSignal): readonly AbortSignal[] {
  return (sources.of(signal) ?? []).flatMap((source) => source.deref() ?? []);
}

/** A hand-made deadline aborts in a timer's callback itself. */
function followAborts(): void {
  wrapMethod(AbortController.prototype, 'abort', (_args, self) => {
    if (!(self instanceof AbortController) || self.signal.aborted) return;
    if (isInTimer()) abortedByTimer.set(self.signal, true);
    if (hasOpenResponse() && isInCloseOfIncoming()) closedAt.set(self.signal, framesHere());
    if (served.of(self.signal) !== null && abortsLookedAt++ < mostAborts)
      abortedAt.set(self.signal, framesHere());
  });
}

/** Remembers the delay of each `AbortSignal.timeout`, also through `AbortSignal.any`. */
export function followDeadlines(): void {
  followAborts();
  const { timeout, any } = AbortSignal;
  if (typeof timeout === 'function') {
    replace('timeout', timeout, (ms: number) => {
      const signal = Reflect.apply(timeout, AbortSignal, [ms]);
      deadlines.set(signal, { what: 'AbortSignal.timeout', ms });
      return signal;
    });
  }
  if (typeof any === 'function') {
    replace('any', any, (signals: AbortSignal[]) => {
      const list = Array.isArray(signals) ? signals : [...signals];
      const combined = Reflect.apply(any, AbortSignal, [list]);
      sources.set(
        combined,
        list.slice(0, mostSources).map((signal) => new WeakRef(signal)),
      );
      for (const signal of list) {
        const deadline = deadlineOf(signal);
        if (deadline !== null) deadlines.set(combined, deadline);
      }
      return combined;
    });
  }
}

function replace(name: 'timeout' | 'any', original: object, value: unknown): void {
  if (typeof value !== 'function') return;
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(value, 'length', { value: Reflect.get(original, 'length'), configurable: true });
  Object.defineProperty(AbortSignal, name, { ...Object.getOwnPropertyDescriptor(AbortSignal, name), value });
}
