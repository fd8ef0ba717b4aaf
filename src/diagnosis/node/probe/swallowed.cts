import { framesTaking } from './async-contexts.cjs';
import { PromiseKeptByProbe } from './kept-promise.cjs';
import { inspectWith, type PromiseState, stateOfPromise } from './own-inspector.cjs';
import { emit, now } from './sink.cjs';
import { framesInText } from './stack.cjs';
import { runsTests } from './test-run.cjs';

interface Made {
  readonly promise: WeakRef<object>;
  readonly at: number;
  /** It goes back to a timer or message, which is judged by itself where nothing comes of it. */
  readonly isWatched: boolean;
}

/** The youngest promises, the program's own and others. */
let own: Made[] = [];
let others: Made[] = [];
const madeKept = 200;
/** How many are looked at at once. */
const lookedAt = { calm: 40, busy: 8, end: 40 } as const;
/** One that was made this long ago, in ms, has been rejected by now, if what it does fails at once. */
const settlingMs = 150;

/** Those of which one was rejected, until they are looked at. */
let suspects = new Map<object, Made>();
const suspectsOfOne = 150;
const suspectsKept = 300;
/** What is made within this time, in ms, after a rejection may pass it on, and nothing else may hold it. */
const passingOnMs = 500;
let passingOnUntil = Number.NEGATIVE_INFINITY;

interface Pending {
  readonly kept: PromiseKeptByProbe;
  readonly made: Made;
}

/** The program's own. Where there are more, those that were found first are let go of. */
let pending: Pending[] = [];
const pendingKept = 100;
const pendingLookedAtOnce = 10;

const reported = new Set<string>();
const reportedLimit = 50;

let cameAt = Number.NEGATIVE_INFINITY;

export function promiseMade(promise: WeakRef<object>, isOwn: boolean, isWatched: boolean): void {
  const made = { promise, at: now(), isWatched };
  if (isOwn && made.at < passingOnUntil) suspect(made);
  if (isOwn) own = withLatest(own, made);
  else others = withLatest(others, made);
}

/** The latest that the program's own code, or a package that it called, has made. */
export function ownPromisesSince(at: number): readonly { readonly promise: object; readonly at: number }[] {
  return own.flatMap((made) => {
    const promise = made.at >= at ? made.promise.deref() : undefined;
    return promise === undefined ? [] : [{ promise, at: made.at }];
  });
}

/** One of the latest is about to be rejected: they are kept until they have been looked at, or nobody would see that. */
export function keepLatest(): void {
  for (const made of own.slice(-suspectsOfOne)) suspect(made);
  passingOnUntil = now() + passingOnMs;
}

function suspect(made: Made): void {
  const promise = made.promise.deref();
  if (promise !== undefined && suspects.size < suspectsKept) suspects.set(promise, made);
}

function withLatest(list: Made[], made: Made): Made[] {
  const kept = list.length >= madeKept * 2 ? list.slice(-madeKept) : list;
  kept.push(made);
  return kept;
}

export function somethingCameUnwatched(at: number): void {
  cameAt = at;
}

/** An error that something caught and reported to nobody, and after which nothing was sent. */
export function lookForSwallowed(when: keyof typeof lookedAt): void {
  const lookedAtOnce = lookedAt[when];
  const isEnd = when === 'end';
  const settled = isEnd ? now() : now() - settlingMs;
  const isDue = ({ at }: Made) => at <= settled;
  const dueOwn = own.filter(isDue).slice(-lookedAtOnce);
  const dueOthers = others.filter(isDue).slice(-lookedAtOnce);
  own = own.filter((made) => !isDue(made));
  others = others.filter((made) => !isDue(made));
  const again = pending.slice(0, isEnd ? pendingKept : pendingLookedAtOnce);
  if (dueOwn.length + dueOthers.length + again.length + suspects.size === 0) return;
  inspectWith(() => {
    const suspected = suspects;
    suspects = new Map([...suspected].filter(([, made]) => !isEnd && !isDue(made)));
    for (const [promise, made] of suspected) look(promise, made, isDue(made) && !dueOwn.includes(made));
    pending = pending.slice(again.length);
    for (const { kept, made } of again) look(kept.promise, made, true);
    for (const made of dueOwn) look(made.promise.deref(), made, true);
    for (const made of dueOthers) look(made.promise.deref(), made, false);
    pending = pending.slice(-pendingKept);
  }, undefined);
}

function look(promise: object | undefined, made: Made, isOwn: boolean): void {
  if (promise === undefined) return;
  const state = stateOfPromise(promise);
  if (state.kind === 'pending' && isOwn) pending.push({ kept: new PromiseKeptByProbe(promise), made });
  else if (state.kind === 'rejected') report(state, made, framesTaking(promise));
}

function report(
  { text, stack }: Extract<PromiseState, { kind: 'rejected' }>,
  { at, isWatched }: Made,
  takenAt: readonly string[],
): void {
  const frames = framesInText(stack);
  // What was made before the last request was kept from nothing, unless whoever took it says nothing of an error.
  const mayBeReplaced = isWatched || at <= cameAt;
  if (frames.length === 0 || (mayBeReplaced && takenAt.length === 0)) return;
  const key = `${text} ${frames[0] ?? ''} ${takenAt[0] ?? ''} ${mayBeReplaced}`;
  if (reported.has(key) || reported.size >= reportedLimit) return;
  reported.add(key);
  emit({
    e: 'swallowed',
    t: at,
    seenAt: now(),
    error: text,
    frames,
    takenAt,
    mayBeReplaced,
    ...(runsTests() ? { inTest: true } : {}),
  });
}
