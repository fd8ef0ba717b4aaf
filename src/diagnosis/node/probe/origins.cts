import type { OriginKind, WhyNothing } from '../event.ts' with { 'resolution-mode': 'import' };
import { type Context, contextHere, leaveContext, Origin } from './contexts.cjs';
import { inspectWith, stateOfPromise } from './own-inspector.cjs';
import { type Purpose, purposeOfCallback } from './purpose.cjs';
import { emit, now } from './sink.cjs';
import { calledByProgram, framesInText, stackHere } from './stack.cjs';
import { isObject } from './wrap.cjs';

/** A callback of the program's that is watched: once it has run, a request should have come of it, if that is its purpose. */
interface Watched {
  readonly id: number;
  readonly kind: OriginKind;
  readonly origin: Origin;
  readonly callback: object;
  readonly setAt: number;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly stack: number | null;
  /** When it ran; null while it has not, `gone` where it never will. */
  ranAt(): number | null | 'gone';
  purpose: Purpose | null;
  told: WhyNothing['kind'] | null;
}

const watchedLimit = 300;
const windowMs = 100;
const mostInWindow = 20;

const watched = new Set<Watched>();
let serial = 0;
let windowStart = 0;
let inWindow = 0;

/** A timer carries on what set it; one of the program's own begins something new. */
export function timerSet(timer: object, callback: unknown, delayMs: number, repeats: boolean): void {
  const context = contextHere();
  const at = now();
  const origin = isWorthwhile(at, callback) ? new Origin(context?.origin ?? null) : null;
  if (origin === null || !isObject(callback)) {
    if (context !== null) leaveContext(timer, context);
    return;
  }
  const stack = stackHere();
  leaveContext(timer, { origin, frames: [] });
  watch({
    kind: 'timer',
    origin,
    callback,
    setAt: at,
    delayMs,
    repeats,
    stack,
    ranAt: () => ranAt(timer, at + delayMs, repeats),
  });
}

function isWorthwhile(at: number, callback: unknown): boolean {
  if (watched.size >= watchedLimit || typeof callback !== 'function') return false;
  if (at - windowStart > windowMs) {
    windowStart = at;
    inWindow = 0;
  }
  return ++inWindow <= mostInWindow && calledByProgram();
}

function ranAt(timer: object, dueAt: number, repeats: boolean): number | null | 'gone' {
  const cleared = Reflect.get(timer, '_onTimeout') === null || Reflect.get(timer, '_idleTimeout') === -1;
  if (cleared) return 'gone';
  if (repeats) return now() > dueAt ? dueAt : null;
  return Reflect.get(timer, '_destroyed') === true ? Math.min(dueAt, now()) : null;
}

function watch(found: Omit<Watched, 'id' | 'purpose' | 'told'>): void {
  watched.add({ ...found, id: ++serial, purpose: null, told: null });
}

/** A message or a signal that the program is about to get: what its listener does goes back to it. */
export function beginOrigin(kind: OriginKind, callback: object, stack: number | null): Context {
  const origin = new Origin(contextHere()?.origin ?? null);
  const at = now();
  if (isWorthwhileAt(at)) {
    watch({ kind, origin, callback, setAt: at, delayMs: 0, repeats: false, stack, ranAt: () => at });
  }
  return { origin, frames: [] };
}

function isWorthwhileAt(at: number): boolean {
  if (watched.size >= watchedLimit) return false;
  if (at - windowStart > windowMs) {
    windowStart = at;
    inWindow = 0;
  }
  return ++inWindow <= mostInWindow;
}

/** A request was started, or work was handed to another thread or process. */
export function somethingCame(): void {
  const context = contextHere();
  if (context === null) blurAll();
  else for (let origin = context.origin; origin !== null; origin = origin.parent) origin.came++;
}

/** What can't be traced may be anybody's. */
export function blurAll(): void {
  for (const { origin, setAt, delayMs } of watched) if (now() >= setAt + delayMs) origin.isBlurred = true;
}

/** Looks at those that have run; asked while the loop turns, and at the end. */
export function lookAtOrigins(): void {
  for (const one of watched) {
    const ran = one.ranAt();
    if (ran === null) continue;
    if (ran === 'gone') watched.delete(one);
    else look(one, ran);
  }
}

function look(one: Watched, ranAt: number): void {
  if (one.origin.came > 0) {
    if (one.told !== null) emit({ e: 'came', id: one.id });
    watched.delete(one);
    return;
  }
  one.purpose ??= purposeOfCallback(one.callback);
  const { leads, conditional } = one.purpose;
  if (leads === 'no') {
    watched.delete(one);
    return;
  }
  const why = whyNothing(one.origin);
  if (why.kind === one.told) return;
  one.told = why.kind;
  const { id, kind, setAt, delayMs, repeats, stack, origin } = one;
  emit({
    e: 'idle',
    t: now(),
    id,
    kind,
    setAt,
    ranAt,
    delayMs,
    repeats,
    stack,
    leads,
    conditional,
    blurred: origin.isBlurred,
    why,
  });
}

/** The first promise that was rejected is the root; one that is still pending may yet lead to a request. */
function whyNothing({ promises }: Origin): WhyNothing {
  return inspectWith<WhyNothing>(
    () => {
      let isPending = false;
      for (const reference of promises) {
        const promise = reference.deref();
        if (promise === undefined) continue;
        const state = stateOfPromise(promise);
        if (state.kind === 'rejected')
          return { kind: 'rejected', error: state.text, frames: framesInText(state.stack) };
        isPending ||= state.kind === 'pending';
      }
      return { kind: isPending ? 'pending' : 'nothing' };
    },
    { kind: 'nothing' },
  );
}
