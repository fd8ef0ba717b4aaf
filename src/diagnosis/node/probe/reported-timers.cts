import type { EventOf } from '../protocol.ts';
import { emit, emitLazily } from './sink.cjs';
import { isObject } from './wrap.cjs';

/** A shorter timer has fired before its lateness could matter, in ms; a longer one does not fit. */
export const leastDelayMs = 200;
export const mostDelayMs = 2 ** 31 - 1;
/** Programs that have more of them waiting do not notify with each. */
const mostReported = 200;

/** Whether each has fired for the last time or was cleared. */
const reported = new Map<number, () => boolean>();
const known = new WeakSet<object>();
let serial = 0;

type Waiting = Omit<EventOf<'timer-set'>, 'e' | 'id'>;

export function isEnoughReported(): boolean {
  return reported.size >= mostReported;
}

/** A timer is to send something: if the loop does not run when it is due, nothing is sent. */
export function reportTimer(timer: object, waiting: Omit<Waiting, 'isSleep'>): void {
  reportTimerWhile(timer, waiting, () => true);
}

/** The same, for as long as that is so. */
export function reportTimerWhile(
  timer: object,
  waiting: Omit<Waiting, 'isSleep'>,
  isToSend: () => boolean,
): void {
  if (known.has(timer) || isEnoughReported()) return;
  known.add(timer);
  const reference = new WeakRef(timer);
  reportWait({ ...waiting, isSleep: false }, () => {
    const set = reference.deref();
    if (set === undefined || isGone(set)) return true;
    if (isToSend()) return false;
    known.delete(set);
    return true;
  });
}

export function reportWait(waiting: Waiting, isOver: () => boolean): void {
  const id = ++serial;
  reported.set(id, isOver);
  emit({ e: 'timer-set', id, ...waiting });
}

export function isGone(timer: object | undefined): boolean {
  return !isObject(timer) || Reflect.get(timer, '_destroyed') === true;
}

/** Those that have fired or were cleared; asked while the loop runs. */
export function reportTimersGone(): void {
  for (const [id, isOver] of reported) {
    if (!isOver()) continue;
    reported.delete(id);
    emitLazily({ e: 'timer-gone', id });
  }
}
