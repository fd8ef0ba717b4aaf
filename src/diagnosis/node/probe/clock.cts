import { emit, now } from './sink.cjs';
import { calledByProgram, stackHere } from './stack.cjs';
import { type WatchedGlobal, watchGlobal } from './watched-global.cjs';
import { isObject } from './wrap.cjs';

const names = ['setTimeout', 'setInterval'] as const;

const RealDate = Date;
/** Timers of a fake clock that are reported; the first ones are enough. */
const mostReported = 50;

const watched: WatchedGlobal[] = [];
let reported: string | null = null;
let asked = 0;
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
}

/** Between the moments at which the program says so itself. */
export function lookAtClock(): void {
  for (const global of watched) global.look();
  reportClock();
}

function askedFor(name: string, timer: unknown): void {
  if (asked >= mostReported || kindOf(timer) === null || !calledByProgram()) return;
  asked++;
  reportClock();
  emit({ e: 'fake-timer', t: now(), name, stack: stackHere() });
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
  return /^bound #/.test(timer.name) && sourceOf.call(timer).includes('[native code]')
    ? 'mock timers (node:test)'
    : null;
}

function isFakeTimers(value: object): boolean {
  return (
    isObject(Reflect.get(value, 'clock')) ||
    ['isFake', 'isMock'].some((key) => Reflect.get(value, key) === true)
  );
}
