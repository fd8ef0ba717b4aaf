import { PromiseKeptByProbe } from './kept-promise.cjs';
import { inspectWith, type PromiseState, stateOfPromise } from './own-inspector.cjs';
import { emit, now } from './sink.cjs';
import { framesInText } from './stack.cjs';

interface Made {
  readonly promise: WeakRef<object>;
  readonly at: number;
}

/** Promises that go back to no watched timer or message: the youngest of them, the program's own and others. */
let own: Made[] = [];
let others: Made[] = [];
const madeKept = 200;
const lookedAtOnce = 40;
/** One that was made this long ago, in ms, has been rejected by now, if what it does fails at once. */
const settlingMs = 150;

interface Pending {
  readonly kept: PromiseKeptByProbe;
  readonly at: number;
}

/** The program's own. Where there are more, those that were found first are let go of. */
let pending: Pending[] = [];
const pendingKept = 100;
const pendingLookedAtOnce = 10;

const reported = new Set<string>();
const reportedLimit = 50;

let cameAt = Number.NEGATIVE_INFINITY;

export function promiseMade(promise: WeakRef<object>, isOwn: boolean): void {
  const made = { promise, at: now() };
  if (isOwn) own = withLatest(own, made);
  else others = withLatest(others, made);
}

function withLatest(list: Made[], made: Made): Made[] {
  const kept = list.length >= madeKept * 2 ? list.slice(-madeKept) : list;
  kept.push(made);
  return kept;
}

export function somethingCameUnwatched(): void {
  cameAt = now();
}

/** An error that something caught and reported to nobody, and after which nothing was sent. */
export function lookForSwallowed(isEnd = false): void {
  const settled = isEnd ? now() : now() - settlingMs;
  const isDue = ({ at }: Made) => at <= settled;
  const dueOwn = own.filter(isDue).slice(-lookedAtOnce);
  const dueOthers = others.filter(isDue).slice(-lookedAtOnce);
  own = own.filter((made) => !isDue(made));
  others = others.filter((made) => !isDue(made));
  const again = pending.slice(0, isEnd ? pendingKept : pendingLookedAtOnce);
  if (dueOwn.length + dueOthers.length + again.length === 0) return;
  inspectWith(() => {
    pending = pending.slice(again.length);
    for (const { kept, at } of again) look(kept.promise, at, true);
    for (const { promise, at } of dueOwn) look(promise.deref(), at, true);
    for (const { promise, at } of dueOthers) look(promise.deref(), at, false);
    pending = pending.slice(-pendingKept);
  }, undefined);
}

function look(promise: object | undefined, at: number, isOwn: boolean): void {
  if (promise === undefined) return;
  const state = stateOfPromise(promise);
  if (state.kind === 'pending' && isOwn) pending.push({ kept: new PromiseKeptByProbe(promise), at });
  // What was made before the last request was kept from nothing.
  else if (state.kind === 'rejected' && at > cameAt) report(state, at);
}

function report({ text, stack }: Extract<PromiseState, { kind: 'rejected' }>, at: number): void {
  const frames = framesInText(stack);
  const key = `${text} ${frames[0] ?? ''}`;
  if (frames.length === 0 || reported.has(key) || reported.size >= reportedLimit) return;
  reported.add(key);
  emit({ e: 'swallowed', t: at, error: text, frames });
}
