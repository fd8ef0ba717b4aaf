import { inspectWith, stateOfPromise } from './own-inspector.cjs';
import { emit, now } from './sink.cjs';
import { framesInText } from './stack.cjs';

interface Made {
  readonly promise: WeakRef<object>;
  readonly at: number;
}

/** Promises that go back to no watched timer or message: the youngest of them. */
let made: Made[] = [];
const madeKept = 200;
const lookedAtOnce = 40;
/** One that was made this long ago, in ms, has been rejected by now, if what it does fails at once. */
const settlingMs = 150;
const reported = new Set<string>();
const reportedLimit = 50;

let cameAt = Number.NEGATIVE_INFINITY;

export function promiseMade(promise: WeakRef<object>): void {
  if (made.length >= madeKept * 2) made = made.slice(-madeKept);
  made.push({ promise, at: now() });
}

export function somethingCameUnwatched(): void {
  cameAt = now();
}

/** An error that something caught and reported to nobody, and after which nothing was sent. */
export function lookForSwallowed(isEnd = false): void {
  const settled = isEnd ? now() : now() - settlingMs;
  // What was made before the last request was kept from nothing.
  const candidates = made.filter(({ at }) => at > cameAt);
  made = candidates.filter(({ at }) => at > settled);
  const due = candidates.filter(({ at }) => at <= settled).slice(-lookedAtOnce);
  if (due.length === 0) return;
  inspectWith(() => {
    for (const one of due) look(one);
  }, undefined);
}

function look({ promise: reference, at }: Made): void {
  const promise = reference.deref();
  if (promise === undefined) return;
  const state = stateOfPromise(promise);
  if (state.kind === 'pending') made.push({ promise: reference, at });
  if (state.kind !== 'rejected') return;
  const frames = framesInText(state.stack);
  const key = `${state.text} ${frames[0] ?? ''}`;
  if (frames.length === 0 || reported.has(key) || reported.size >= reportedLimit) return;
  reported.add(key);
  emit({ e: 'swallowed', t: at, error: state.text, frames });
}
