import type { MessageEnd } from '../protocol.ts';
import { emit, now } from './sink.cjs';
import { isFunction } from './wrap.cjs';

/** A message that a listener took, by its number from the end it came from. */
export interface Taken {
  readonly from: MessageEnd;
  readonly n: number;
}

/** Listeners of which something has come for a message: an answer, a request. */
const answering = new WeakSet<object>();
/** Messages of which nothing has come, where nothing has come of any other so far. */
const waiting = new WeakMap<object, Taken[]>();
const waitingOfOne = 5;
const mostReported = 50;
let reported = 0;

/** What it keeps it may answer later. */
const keeps =
  /\.\s*(?:push|unshift|set|add|append|enqueue|enroll|insert|register|schedule\w*)\s*\(|\]\s*(?:\?\?|\|\|)?=(?![=>])|\bset(?:Timeout|Interval|Immediate)\b|\+\+|\+=/;
const sourceOf = Function.prototype.toString;

/** Its listener has done with a message, and nothing came of it. */
export function cameToNothing(callback: object, taken: Taken): void {
  if (!isFunction(callback) || keeps.test(sourceOf.call(callback))) return;
  if (answering.has(callback)) {
    report(taken);
    return;
  }
  const known = waiting.get(callback) ?? [];
  waiting.set(callback, known);
  if (known.length < waitingOfOne) known.push(taken);
}

export function cameToSomething(callback: object): void {
  answering.add(callback);
  for (const taken of waiting.get(callback) ?? []) report(taken);
  waiting.delete(callback);
}

function report({ from, n }: Taken): void {
  if (++reported <= mostReported) emit({ e: 'unanswered', t: now(), from, n });
}
