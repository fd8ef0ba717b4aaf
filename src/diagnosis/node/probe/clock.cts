import { emit, now } from './sink.cjs';
import { calledByProgram, calledByScheduler, stackHere } from './stack.cjs';
import { type WatchedGlobal, watchGlobal } from './watched-global.cjs';
import { attempt, isFunction, isObject, wrapCall } from './wrap.cjs';

const names = ['setTimeout', 'setInterval'] as const;

const RealDate = Date;
/** Timers of a fake clock that are reported; the first ones are enough. */
const mostReported = 50;

const ofNodeTest = 'mock timers (node:test)';
const moversAtOnce = [
  'tick',
  'next',
  'runAll',
  'runToLast',
  'runToFrame',
  'jump',
  'setTime',
  'setSystemTime',
  'reset',
] as const;
const movers = [...moversAtOnce, ...moversAtOnce.map((name) => `${name}Async`)];
let clearing: WatchedGlobal | null = null;

const watched: WatchedGlobal[] = [];
let reported: string | null = null;
let asked = 0;
let cleared = 0;
/** Where the program last put something in the place of a timer function; it may show only later what that is. */
let changedAt: number | null = null;

/** Reports when the timer functions become a fake clock's, and where the program then sets its timers. */
export function followClock(): void {
  for (const name of names) {
    watched.push(
      watchGlobal(
        name,
        {
          changed: () => {
            changedAt = stackHere();
            reportClock();
          },
          asked: (timer) => askedFor(name, timer),
        },
        'accessor',
      ),
    );
  }
  clearing = watchGlobal('clearTimeout', { changed: () => {}, asked: clearAskedFor }, 'as it was');
}

function clearAskedFor(clear: unknown): void {
  if (cleared >= mostReported || kindOf(clear) === null || !isPrograms()) return;
  cleared++;
  emit({ e: 'fake-clock', t: now(), what: 'cleared' });
}

/** Between the moments at which the program says so itself. */
export function lookAtClock(): void {
  for (const global of watched) global.look();
  reportClock();
}

function askedFor(name: string, timer: unknown): void {
  if (asked >= mostReported || kindOf(timer) === null || !isPrograms()) return;
  asked++;
  reportClock();
  followFake(timer);
  emit({ e: 'fake-timer', t: now(), name, stack: stackHere() });
}

function isPrograms(): boolean {
  return calledByProgram() || calledByScheduler();
}

const followed = new WeakSet<object>();

/** Reports when a fake clock, by one of its functions, is moved on. */
function followFake(timer: unknown): void {
  const clock = clockOf(timer);
  if (clock === null || followed.has(clock)) return;
  followed.add(clock);
  for (const name of movers) followMover(clock, name);
  clearing?.look();
  emit({ e: 'fake-clock', t: now(), what: 'followed' });
}

/** Whatever has the methods that move it on. */
function clockOf(timer: unknown): object | null {
  if (!isFunction(timer)) return null;
  const ownClock: unknown = Reflect.get(timer, 'clock');
  if (isObject(ownClock)) return ownClock;
  if (kindOf(timer) !== ofNodeTest) return null;
  // The program has loaded it.
  const { mock }: { mock?: { timers?: unknown } } = require('node:test');
  const { timers } = mock ?? {};
  const prototype: unknown = isObject(timers) ? Object.getPrototypeOf(timers) : null;
  return isObject(prototype) ? prototype : null;
}

function followMover(clock: object, name: string): void {
  const moved = () => emit({ e: 'fake-clock', t: now(), what: name.endsWith('Async') ? 'lost' : 'moved' });
  wrapCall(clock, name, (target, self, args) => {
    try {
      return Reflect.apply(target, self, args);
    } finally {
      attempt(moved);
    }
  });
}

function reportClock(): void {
  const by = fakeClock();
  if (by === reported) return;
  reported = by;
  emit({ e: 'clock', t: now(), by, stack: changedAt });
}

/** Whose clock the timers are; null for Node's, and for a function that only wraps them, as far as can be reported. */
function fakeClock(): string | null {
  for (const name of names) {
    const kind = kindOf(globalThis[name]);
    if (kind !== null) return kind;
  }
  const date: object = globalThis.Date;
  return date !== RealDate && isFakeTimers(date) ? 'a fake Date' : null;
}

const sourceOf = Function.prototype.toString;

function kindOf(timer: unknown): string | null {
  if (typeof timer !== 'function') return null;
  if (isFakeTimers(timer)) return 'fake timers (@sinonjs/fake-timers, which sinon, jest and vitest use)';
  if (Reflect.get(timer, '_isMockFunction') === true) return 'a mock function (jest’s legacy fake timers)';
  if (Reflect.get(timer, 'isSinonProxy') === true) return 'a stub of sinon’s';
  // node:test binds its functions.
  return /^bound #/.test(timer.name) && sourceOf.call(timer).includes('[native code]') ? ofNodeTest : null;
}

function isFakeTimers(value: object): boolean {
  return (
    isObject(Reflect.get(value, 'clock')) ||
    ['isFake', 'isMock'].some((key) => Reflect.get(value, key) === true)
  );
}
