import timersPromises from 'node:timers/promises';
import { inspect } from 'node:util';
import { clientNames, sendingWords } from '../../source/sending-words.ts';
import { isWatchdogCode } from '../../source/watchdog-code.ts';
import type { ForgottenTimer } from '../protocol.ts';
import { contextHere } from './async-contexts.cjs';
import { areGivenSender } from './given-callbacks.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { pendingCount } from './requests.cjs';
import { emit, now } from './sink.cjs';
import { withoutStrings } from './source-text.cjs';
import { calledByProgram, framesHere, isOfPackage, stackHere, stackNumber } from './stack.cjs';
import { sleepsUntil } from './watched-callbacks.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapMethod } from './wrap.cjs';

interface Unreferenced {
  readonly delayMs: number;
  /** Whether it would still fire. */
  isWaiting(): boolean;
  purpose(): ForgottenTimer['purpose'];
  readonly stack: number | null;
  readonly at: number;
  readonly besideRequest: boolean;
  readonly repeats: boolean;
  readonly isSleep: boolean;
  /** Where the program called the package whose timer it is, the innermost call first; null for its own. */
  readonly givenAt: readonly string[] | null;
}

/** Callbacks of packages' own timers: some set one with every request. */
const foreignCallbacks = new WeakSet<object>();

const remembered: Unreferenced[] = [];
const rememberedLimit = 2000;
/** Of packages: most of them are housekeeping, and short ones have fired before a program that ends could miss them. */
const leastOfPackageMs = 200;
const ofPackagesLimit = 50;
let ofPackages = 0;

const sourceOf = Function.prototype.toString;
/** Node counts from the turn's beginning: a timer fires up to so much before its delay is over by our clock. */
const firesEarlyMs = 2;
/** Characters of a callback that are read. */
const longestText = 4000;

export function followTimers(sleepBegins: (delayMs: number, isOver: () => boolean) => void): void {
  // Where the warning is made, not where it is heard: programs silence warnings by removing every listener.
  wrapMethod(process, 'emitWarning', ([warning, kind]) => {
    if (kind === 'TimeoutOverflowWarning') overflowed(String(warning));
  });
  const sample = setTimeout(() => {}, 1);
  clearTimeout(sample);
  wrapMethod(Object.getPrototypeOf(sample), 'unref', (_args, self) => {
    if (!isObject(self)) return;
    const callback = callbackOf(self);
    if (isObject(callback) && foreignCallbacks.has(callback)) return;
    // Packages let go of their housekeeping timers all the time.
    if (!calledByProgram()) {
      if (isObject(callback)) foreignCallbacks.add(callback);
      if (!isRepeating(self)) rememberOfPackage(self);
      return;
    }
    const timer = new WeakRef(self);
    const [place] = framesHere();
    remember({
      delayMs: Number(Reflect.get(self, '_idleTimeout')),
      isWaiting: () => isAlive(timer.deref()),
      purpose: () => purposeAtEnd(callbackOf(timer.deref()), place),
      repeats: isRepeating(self),
      isSleep: false,
      givenAt: null,
    });
  });
  followTimeoutSignals();
  wrapCall(timersPromises, 'setTimeout', (target, self, args) => {
    const promise: unknown = Reflect.apply(target, self, args);
    const dueAt = now() + Number(args[0]);
    attempt(() => sleepsUntil(contextHere(), dueAt));
    attempt(() => sleepBegins(Number(args[0]), () => now() > dueAt - firesEarlyMs));
    if (isObject(args[2]) && Reflect.get(args[2], 'ref') === false) {
      attempt(() =>
        remember({
          delayMs: Number(args[0]),
          isWaiting: () => inspect(promise, { depth: 0 }).includes('<pending>'),
          purpose: () => 'unknown',
          repeats: false,
          isSleep: true,
          givenAt: null,
        }),
      );
    }
    return promise;
  });
}

/** A scheduler lets go of its timer where the program asks for that; the job is the program's own. */
function rememberOfPackage(self: object): void {
  const delayMs = Number(Reflect.get(self, '_idleTimeout'));
  if (!(delayMs >= leastOfPackageMs) || ofPackages >= ofPackagesLimit) return;
  const frames = framesHere();
  const [givenAt] = frames;
  const timer = new WeakRef(self);
  if (frames.some(isToTryAgain)) {
    ofPackages++;
    const isOwn = givenAt !== undefined && !isOfPackage(givenAt);
    remember(
      {
        delayMs,
        isWaiting: () => isAlive(timer.deref()),
        purpose: () => 'retry',
        repeats: false,
        isSleep: false,
        givenAt: null,
      },
      stackNumber(isOwn ? frames : [...(contextHere()?.frames ?? []), ...frames]),
    );
    return;
  }
  if (givenAt === undefined || isOfPackage(givenAt)) return;
  ofPackages++;
  remember({
    delayMs,
    isWaiting: () => isAlive(timer.deref()),
    purpose: () => 'unknown',
    repeats: false,
    isSleep: false,
    givenAt: frames.filter((frame) => !isOfPackage(frame)),
  });
}

/** By what it is called, or its package: the pause before the next try of what has failed. */
function isToTryAgain(frame: string): boolean {
  const [, withinPackages] = frame.match(/^.*[\\/]node_modules[\\/](.*)$/) ?? [];
  return withinPackages !== undefined && /retr(?:y|ies)|back-?off/i.test(withinPackages);
}

/** `AbortSignal.timeout` used as a timer: it never holds the loop. */
function followTimeoutSignals(): void {
  const descriptor = Object.getOwnPropertyDescriptor(AbortSignal, 'timeout');
  if (typeof descriptor?.value !== 'function') return;
  wrapCall(AbortSignal, 'timeout', (target, self, args) => {
    const signal: unknown = Reflect.apply(target, self, args);
    if (signal instanceof AbortSignal) attempt(() => followListeners(signal, Number(args[0])));
    return signal;
  });
}

function followListeners(signal: AbortSignal, delayMs: number): void {
  wrapMethod(signal, 'addEventListener', ([type]) => {
    // `once(AbortSignal.timeout(ms), 'abort')` is a sleep, too.
    if (type !== 'abort' || !calledByProgram('node:events')) return;
    const waiting = new WeakRef(signal);
    remember({
      delayMs,
      isWaiting: () => waiting.deref()?.aborted === false,
      // A deadline's listener may well send: that the deadline has passed.
      purpose: () => 'unknown',
      repeats: false,
      isSleep: false,
      givenAt: null,
    });
  });
}

function remember(timer: Omit<Unreferenced, 'stack' | 'at' | 'besideRequest'>, stack = stackHere()): void {
  if (remembered.length >= rememberedLimit) dropFinished();
  if (remembered.length >= rememberedLimit) return;
  remembered.push({ ...timer, stack, at: now(), besideRequest: pendingCount() > 0 });
}

function overflowed(message: string): void {
  const delayMs = Number(/^-?[\d.e+]+|^Infinity/.exec(message)?.[0] ?? Number.NaN);
  emit({ e: 'overflow', t: now(), delayMs, frames: framesHere() });
}

/** Timers that the program let go of and that have neither fired nor been cleared. */
export function forgottenTimers(): readonly ForgottenTimer[] {
  dropFinished();
  const sending = remembered.filter(({ givenAt }) => givenAt === null || areGivenSender(givenAt));
  return sending.map(({ delayMs, stack, at, besideRequest, purpose, repeats, isSleep }) => ({
    delayMs,
    stack,
    at,
    besideRequest,
    purpose: purpose(),
    repeats,
    isSleep,
  }));
}

function dropFinished(): void {
  const left = remembered.filter((timer) => timer.isWaiting());
  remembered.splice(0, remembered.length, ...left);
}

function isAlive(timer: object | undefined): boolean {
  return timer !== undefined && Reflect.get(timer, '_destroyed') !== true && !isHolding(timer);
}

function isRepeating(timer: object): boolean {
  return Reflect.get(timer, '_repeat') !== null;
}

function isHolding(timer: object): boolean {
  const hasRef: unknown = Reflect.get(timer, 'hasRef');
  return typeof hasRef === 'function' && Reflect.apply(hasRef, timer, []) === true;
}

function callbackOf(timer: object | undefined): unknown {
  return timer === undefined ? null : Reflect.get(timer, '_onTimeout');
}

const purposes = new WeakMap<object, ForgottenTimer['purpose']>();

/** A watchdog that would have ended or cancelled something is no notification. */
export function purposeOf(callback: unknown): ForgottenTimer['purpose'] {
  if (typeof callback !== 'function') return 'unknown';
  const known = purposes.get(callback);
  if (known !== undefined) return known;
  const found = purposeByText(textOf(callback));
  purposes.set(callback, found);
  return found;
}

/** What it calls by the name of an end is a watchdog's, unless that leads to a request. */
function purposeAtEnd(callback: unknown, place: string | undefined): ForgottenTimer['purpose'] {
  const purpose = purposeOf(callback);
  if (!isFunction(callback)) return purpose;
  if (isWatchdogCode(textOf(callback))) return 'guard';
  if (purpose !== 'unknown') return purpose;
  const endsSomething = endingCall.test(withoutStrings(textOf(callback)));
  return endsSomething && purposeOfCallback(callback, place).leads === 'no' ? 'guard' : 'unknown';
}

const endingCall = /\b(?:stop|halt|quit|teardown|tearDown|dispose|dismiss|disconnect|detach|end)\w*\s*\(/;

/** To another thread or process, by what its text says. */
export function onlySendsMessages(callback: unknown): boolean {
  if (typeof callback !== 'function') return false;
  return purposeByText(textOf(callback).replaceAll(/\.postMessage\(|\bprocess\.send\(/g, '(')) !== 'send';
}

/** As much of a callback as is read. */
export function textOf(callback: object): string {
  return sourceOf.call(callback).slice(0, longestText);
}

const sendingCall = new RegExp(
  String.raw`(?<![\w$])(?:${clientNames})\(|\b\w*(?:${sendingWords.likely})\w*\(`,
  'i',
);

function purposeByText(text: string): ForgottenTimer['purpose'] {
  const code = withoutStrings(text);
  if (sendingCall.test(code)) return 'send';
  // A watchdog that only throws.
  if (/^[^{]*(?:\{|=>)\s*throw\b/.test(text)) return 'guard';
  if (/process\.exit|abort|kill|terminate|destroy|close|reject|cancel|shutdown|clear/i.test(text))
    return 'guard';
  return 'unknown';
}
