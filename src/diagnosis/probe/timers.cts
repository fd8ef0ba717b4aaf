import timersPromises from 'node:timers/promises';
import { inspect } from 'node:util';
import type { ForgottenTimer } from '../event.ts' with { 'resolution-mode': 'import' };
import { pendingCount } from './requests.cjs';
import { emit, now } from './sink.cjs';
import { callerOf, framesInText, stackHere } from './stack.cjs';
import { attempt, isObject, wrapCall, wrapMethod } from './wrap.cjs';

interface Unreferenced {
  readonly delayMs: number;
  /** Whether it would still fire. */
  isWaiting(): boolean;
  purpose(): ForgottenTimer['purpose'];
  readonly stack: number | null;
  readonly at: number;
  readonly besideRequest: boolean;
}

const remembered: Unreferenced[] = [];
const rememberedLimit = 2000;

export function followTimers(): void {
  process.on('warning', (warning) => {
    if (warning.name === 'TimeoutOverflowWarning') attempt(() => overflowed(warning));
  });
  const sample = setTimeout(() => {}, 1);
  clearTimeout(sample);
  wrapMethod(Object.getPrototypeOf(sample), 'unref', (_args, self) => {
    if (!isObject(self) || isRepeating(self) || !calledByProgram()) return;
    const timer = new WeakRef(self);
    remember({
      delayMs: Number(Reflect.get(self, '_idleTimeout')),
      isWaiting: () => isAlive(timer.deref()),
      purpose: () => purposeOf(timer.deref()),
    });
  });
  wrapCall(timersPromises, 'setTimeout', (target, self, args) => {
    const promise: unknown = Reflect.apply(target, self, args);
    if (isObject(args[2]) && Reflect.get(args[2], 'ref') === false) {
      attempt(() =>
        remember({
          delayMs: Number(args[0]),
          isWaiting: () => inspect(promise, { depth: 0 }).includes('<pending>'),
          purpose: () => 'unknown',
        }),
      );
    }
    return promise;
  });
}

function remember(timer: Pick<Unreferenced, 'delayMs' | 'isWaiting' | 'purpose'>): void {
  if (remembered.length >= rememberedLimit) dropFinished();
  if (remembered.length >= rememberedLimit) return;
  remembered.push({ ...timer, stack: stackHere(), at: now(), besideRequest: pendingCount() > 0 });
}

function overflowed(warning: Error): void {
  const delayMs = Number(/^-?[\d.e+]+/.exec(warning.message)?.[0] ?? Number.NaN);
  emit({ e: 'overflow', t: now(), delayMs, frames: framesInText(warning.stack) });
}

/** Timers that the program let go of and that have neither fired nor been cleared. */
export function forgottenTimers(): readonly ForgottenTimer[] {
  dropFinished();
  return remembered.map(({ delayMs, stack, at, besideRequest, purpose }) => ({
    delayMs,
    stack,
    at,
    besideRequest,
    purpose: purpose(),
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

/** Libraries let go of their housekeeping timers all the time. */
function calledByProgram(): boolean {
  const caller = callerOf();
  if (caller === null) return false;
  return !caller.startsWith('node:') && !caller.includes('/node_modules/');
}

/** A watchdog that would have ended or cancelled something is no notification. */
function purposeOf(timer: object | undefined): ForgottenTimer['purpose'] {
  const callback: unknown = timer === undefined ? null : Reflect.get(timer, '_onTimeout');
  const text = typeof callback === 'function' ? Function.prototype.toString.call(callback) : '';
  if (/fetch|notif|request|send|post|slack|axios|\bgot\b|publish|expir|deliver|webhook/i.test(text))
    return 'send';
  if (/process\.exit|abort|kill|terminate|destroy|close|reject|cancel|shutdown|clear/i.test(text))
    return 'guard';
  return 'unknown';
}
