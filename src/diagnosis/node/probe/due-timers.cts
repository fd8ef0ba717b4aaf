import timers from 'node:timers';
import { isShutdownCode } from '../../source/shutdown-code.ts';
import type { EventOf } from '../protocol.ts';
import { isGivenSureSender } from './given-callbacks.cjs';
import { purposeOfCallback } from './purpose.cjs';
import {
  isEnoughReported,
  isGone,
  leastDelayMs,
  mostDelayMs,
  reportTimer,
  reportWait,
} from './reported-timers.cjs';
import { sendsByWay } from './sending-code.cjs';
import { emit, now } from './sink.cjs';
import { codeOf, placeOf, withoutStrings } from './source-text.cjs';
import { calledByProgram, framesHere, isOfPackage, stackHere } from './stack.cjs';
import { onlySendsMessages, purposeOf, textOf } from './timers.cjs';
import { timerSet } from './watched-callbacks.cjs';
import { attempt, isObject, replaceProperty, wrapCall } from './wrap.cjs';

/** Timers looked at in one window: programs that set more do not notify with each. */
const windowMs = 100;
const mostInWindow = 20;

const sourceOf = Function.prototype.toString;
let windowStart = 0;
let inWindow = 0;

/** Reports the timers whose callbacks are to send something: if the loop is blocked or parked when they are due, nothing is sent. */
export function followDueTimers(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    wrapCall(globalThis, name, (target, self, args) => {
      const timer: unknown = Reflect.apply(target, self, args);
      attempt(() => lookAtDelay(args));
      attempt(() => look(timer, args, name === 'setInterval'));
      attempt(() => {
        if (isObject(timer)) timerSet(timer, args[0], Number(args[1]), name === 'setInterval');
      });
      return timer;
    });
    replaceProperty(timers, name, globalThis[name]);
  }
}

function look(timer: unknown, [callback, delay]: readonly unknown[], repeats: boolean): void {
  const delayMs = Number(delay);
  if (isSleep(callback)) {
    if (!isObject(timer)) return;
    const sleeping = new WeakRef(timer);
    sleepBegins(delayMs, () => isGone(sleeping.deref()));
    return;
  }
  if (!(delayMs >= leastDelayMs && delayMs <= mostDelayMs) || !isObject(timer) || isEnoughReported()) return;
  const at = now();
  if (isTooMany(at)) return;
  if (!isToSend(callback) || !calledByProgram()) {
    lookAtGiven(timer, { t: at, delayMs, repeats });
    return;
  }
  const isMessage = onlySendsMessages(callback) ? { isMessage: true as const } : {};
  reportTimer(timer, { t: at, delayMs, repeats, ...isMessage, stack: stackHere() });
}

/** Timers of packages that are looked at: some set one with every request. */
const packageTimersLooked = 200;
let packageTimers = 0;

/** A package that was given what sends may set the timer: a scheduler. */
function lookAtGiven(timer: object, set: Pick<EventOf<'timer-set'>, 't' | 'delayMs' | 'repeats'>): void {
  if (packageTimers >= packageTimersLooked || calledByProgram()) return;
  packageTimers++;
  const frames = framesHere();
  const own = frames.filter((frame) => !isOfPackage(frame));
  if (own.length === 0 || own.length === frames.length || !isGivenSureSender(own)) return;
  reportTimer(timer, { ...set, isGiven: true, stack: stackHere() });
}

const textsKept = 500;
const sendersByText = new Map<string, boolean>();

/** By its own text, or by a short function of its file that it calls. */
function isToSend(callback: unknown): boolean {
  const purpose = purposeOf(callback);
  if (purpose === 'send' || typeof callback !== 'function') return purpose === 'send';
  const text = textOf(callback);
  // A watchdog waits for nothing, unless it ends the program.
  if (purpose === 'guard' && (!/\bawait\b/.test(text) || isShutdownCode(text))) return false;
  const known = sendersByText.get(text);
  if (known !== undefined) return known;
  const [frame = ''] = framesHere();
  const isSender = !isOfPackage(frame) && sendsByWay(withoutStrings(text), codeOf(placeOf(frame).file));
  if (sendersByText.size < textsKept) sendersByText.set(text, isSender);
  return isSender;
}

/** The callback is a promise's own. */
function isSleep(callback: unknown): boolean {
  return (
    typeof callback === 'function' &&
    callback.name === '' &&
    /^function \(\) \{ \[native code\] \}$/.test(sourceOf.call(callback))
  );
}

/** A pool may park a worker as soon as its task has returned, a parent end its child, a call block the loop: what sleeps there does not wake. */
export function sleepBegins(delayMs: number, isOver: () => boolean): void {
  const at = now();
  if (!(delayMs <= mostDelayMs) || isEnoughReported()) return;
  if (isTooMany(at) || !calledByProgram()) return;
  reportWait({ t: at, delayMs, repeats: false, isSleep: true, stack: stackHere() }, isOver);
}

/** Node makes of a delay that is no number one of 1 ms, on some versions without a word. */
function lookAtDelay([callback, delay]: readonly unknown[]): void {
  if (delay === undefined || !Number.isNaN(Number(delay)) || typeof callback !== 'function') return;
  const at = now();
  if (isTooMany(at) || !calledByProgram() || purposeOfCallback(callback).leads === 'no') return;
  emit({ e: 'overflow', t: at, delayMs: null, frames: framesHere() });
}

function isTooMany(at: number): boolean {
  if (at - windowStart > windowMs) {
    windowStart = at;
    inWindow = 0;
  }
  inWindow++;
  return inWindow > mostInWindow;
}
