// One file, however long: one list of watched callbacks, which all of it reads and changes.
import { importOf } from '../../source/import-of.ts';
import type { TriggerKind, WhyNothing } from '../protocol.ts';
import {
  anyContextHere,
  type Context,
  chainHere,
  contextHere,
  framesBehind,
  leaveContext,
  Trigger,
  tracedIn,
} from './async-contexts.cjs';
import { clientTimerSet } from './begun-calls.cjs';
import { isGivenSomething } from './given-values.cjs';
import { PromiseKeptByProbe } from './kept-promise.cjs';
import { inspectWith, type Rejection, stateOfPromise, whereWritten } from './own-inspector.cjs';
import { type Leads, type Purpose, purposeOfCallback } from './purpose.cjs';
import { timerOfProgramSet } from './replaced-timers.cjs';
import { emit, now } from './sink.cjs';
import { calledByProgram, framesHere, framesInText, isOfPackage, stackNumber } from './stack.cjs';
import { type Entry, holds, lastIn } from './stores.cjs';
import { promiseMade, somethingCameUnwatched } from './swallowed.cjs';
import { chainSet } from './timer-chain.cjs';
import { isWatchdog } from './watchdogs.cjs';

/** Learns what has become of it. */
interface FateListener {
  /** A request has come of it. */
  requested(): void;
  /** Something has. */
  cameToSomething(): void;
  /** Nothing has, and nothing that it started is still under way. */
  cameToNothing(): void;
}

/** A callback of the program's that is watched: once it has run, a request should have come of it, if that is its purpose. */
interface Watched {
  readonly id: number;
  readonly kind: TriggerKind;
  readonly trigger: Trigger;
  readonly callback: object;
  readonly setAt: number;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly frames: readonly string[];
  /** When it ran; null while it has not, `gone` where it never will. */
  ranAt(): number | null | 'gone';
  /** Of a timer: whether it was put off since it was set. */
  isRefreshed?(): boolean;
  readonly listener?: FateListener;
  purpose: Purpose | null;
  reported: WhyNothing['kind'] | null;
  hasSent: boolean;
  /** What it was seen to wait for has settled, and its code ends the thread by itself. */
  hasGoneOn: boolean;
  /** What was last in the list that it puts things into, when it was first looked at; null before. */
  left: { readonly entry: Entry | null } | null;
}

const watchedLimit = 300;
const windowMs = 100;
const mostInWindow = 20;

/** Timers of packages: a shorter one has fired before a program that exits could forget it, in ms. */
const leastOfPackageMs = 200;
const packageTimersLimit = 20;

const watched = new Set<Watched>();
/** Those of them that were reported, and whose request may come of another chunk of a stream. */
const writingIntoStreams = new Set<Watched>();
let packageTimers = 0;
/** Callbacks of Node's own timers: its fetch sets one with many requests. */
const nodesOwn = new WeakSet<object>();
/** Where and when the program last called a package that then set a timer with this callback. */
const givenTo = new WeakMap<object, { readonly frames: readonly string[]; readonly at: number }>();
/** Listeners of which a request has come before. */
const sendingListeners = new WeakSet<object>();
/** Message listeners whose purpose shows only in the promise that they wait for: it takes time to look at them. */
const obscureLimit = 20;
let obscure = 0;
/** Timers whose callbacks wait for another thread or process before they send. */
const handedOver = new Set<Watched>();
const handedOverLimit = 20;
/** Places whose timers have led to a request before. */
const sendingPlaces = new Set<string>();
const placesKept = 500;
/** Where the timer of each trigger was set. */
const placesSet = new WeakMap<Trigger, string>();
const earliestMs = 2;
/** Requests of a beat of which it is asked whether a package called for them. */
const mostQueuesInBeat = 20;
let queuesLookedAt = 0;
/** Of one trigger; those that were due at one time are served by its first. */
const surplusLookedAt = 50;
/** Of triggers that led to each other. */
const stepsFollowed = 100;
/** Each is asked of the inspector, at the end. */
const mostPutOffLooked = 20;
let putOffLooked = 0;
/** When a request was last started, or work handed on, by whatever code. */
let lastCameAt = 0;
let serial = 0;
let windowStart = 0;
let inWindow = 0;

/** A timer carries on what set it; one of the program's own begins something new. */
export function timerSet(timer: object, callback: unknown, delayMs: number, repeats: boolean): void {
  const context = contextHere();
  const at = now();
  sleepsUntil(context, at + delayMs);
  if (typeof callback !== 'function' || nodesOwn.has(callback) || !isWorthwhile(at)) {
    if (context !== null) leaveContext(timer, context);
    return;
  }
  const chain = chainSet({ timer, callback, delayMs, repeats }, chainHere());
  if (!calledByProgram()) {
    if (context !== null) leaveContext(timer, { ...context, chain });
    else if (chain !== null) leaveContext(timer, { trigger: null, frames: [], chain, isUntraced: true });
    if (!repeats && delayMs >= leastOfPackageMs) packageTimerSet(timer, callback, delayMs);
    return;
  }
  const trigger = new Trigger(context?.trigger ?? null);
  leaveContext(timer, { trigger, frames: [], chain });
  const frames = framesHere();
  placesSet.set(trigger, frames[0] ?? '');
  if (!repeats) timerOfProgramSet(timer, callback, frames);
  const startedAt: unknown = Reflect.get(timer, '_idleStart');
  // Of an interval another one begins after each of its rounds.
  const isPutForward = () => Reflect.get(timer, '_idleStart') !== startedAt;
  watch({
    kind: 'timer',
    trigger,
    callback,
    setAt: at,
    delayMs,
    repeats,
    frames,
    ranAt: () => ranAt(timer, at + delayMs, repeats ? isPutForward : null),
    isRefreshed: isPutForward,
  });
}

/** A package may keep what it was given until a timer of its own fires, and set that again with the same callback. */
function packageTimerSet(timer: object, callback: object, delayMs: number): void {
  if (packageTimers >= packageTimersLimit) return;
  const frames = framesHere();
  const ofPackage = frames.some(isOfPackage);
  if (!ofPackage) nodesOwn.add(callback);
  const at = now();
  const isGiven = ofPackage && frames[0] !== undefined && !isOfPackage(frames[0]);
  const given = isGiven ? { frames, at } : givenTo.get(callback);
  if (given === undefined) {
    if (ofPackage) clientTimerSet(timer, callback, contextHere()?.frames ?? []);
    return;
  }
  if (isGiven) clientTimerSet(timer, callback, frames);
  givenTo.set(callback, given);
  packageTimers++;
  watch({
    kind: 'package-timer',
    trigger: new Trigger(null),
    callback,
    // What was given before the last request has been sent, however often the timer has been set since.
    setAt: given.at,
    delayMs,
    repeats: false,
    frames: given.frames,
    ranAt: () => ranAt(timer, at + delayMs, null),
  });
}

/** Whatever waits for a timer goes on once that is due. */
export function sleepsUntil(context: Context | null, dueAt: number): void {
  for (let trigger = context?.trigger ?? null; trigger !== null; trigger = trigger.parent) {
    if (dueAt > trigger.sleepsUntil) trigger.sleepsUntil = dueAt;
  }
}

function isWorthwhile(at: number): boolean {
  if (watched.size >= watchedLimit) return false;
  if (at - windowStart > windowMs) {
    windowStart = at;
    inWindow = 0;
  }
  return ++inWindow <= mostInWindow;
}

/** `hasComeRound`: of an interval, which may be due and late. */
function ranAt(timer: object, dueAt: number, hasComeRound: (() => boolean) | null): number | null | 'gone' {
  const cleared = Reflect.get(timer, '_onTimeout') === null || Reflect.get(timer, '_idleTimeout') === -1;
  if (cleared) return 'gone';
  if (hasComeRound !== null) return now() > dueAt && hasComeRound() ? dueAt : null;
  return Reflect.get(timer, '_destroyed') === true ? Math.min(dueAt, now()) : null;
}

function watch(found: Omit<Watched, 'id' | 'purpose' | 'reported' | 'hasSent' | 'hasGoneOn' | 'left'>): void {
  watched.add({
    ...found,
    id: ++serial,
    purpose: null,
    reported: null,
    hasSent: false,
    hasGoneOn: false,
    left: null,
  });
}

/** The program is about to get a message or a signal: what its listener does goes back to that. */
export function beginWatch(
  kind: TriggerKind,
  callback: unknown,
  frames: readonly string[],
  listener: FateListener,
): Context | null {
  const at = now();
  if (typeof callback !== 'function' || !isWorthwhile(at)) return null;
  const trigger = new Trigger(null);
  watch({
    kind,
    trigger,
    callback,
    setAt: at,
    delayMs: 0,
    repeats: false,
    frames,
    ranAt: () => at,
    listener,
  });
  return { trigger, frames: [], chain: null };
}

/** A request was started. */
export function requestCame(): void {
  const any = anyContextHere();
  const context = tracedIn(any);
  for (let trigger = context?.trigger ?? null; trigger !== null; trigger = trigger.parent)
    trigger.hasRequested = true;
  any?.chain?.requestCame();
  if (any?.served !== undefined) any.served.hasSent = true;
  cameIn(context);
}

/** A request was started, or work was handed to another thread or process. */
export function somethingCame(): void {
  cameIn(contextHere());
}

function cameIn(context: Context | null): void {
  lastCameAt = now();
  for (const one of writingIntoStreams) cameOf(one.trigger);
  if (context?.trigger == null) somethingCameUnwatched(lastCameAt);
  if (context === null) doubtAll();
  else if (context.trigger === null) serveFromQueue();
  else
    for (let trigger: Trigger | null = context.trigger; trigger !== null; trigger = trigger.parent)
      cameOf(trigger);
}

/** Its report is retracted at once: the process may be stopped or killed before the next beat. */
function cameOf(trigger: Trigger): void {
  if (trigger.came > 0 && trigger.came <= surplusLookedAt) serveSiblings(trigger);
  trigger.came++;
  if (!trigger.isReported) return;
  trigger.isReported = false;
  for (const one of watched) if (one.trigger === trigger) hasComeOf(one);
}

/** What one made for all that had put something into its queue came in the async context of that one. */
function serveSiblings(trigger: Trigger): void {
  const place = placesSet.get(trigger);
  if (place === undefined) return;
  const at = now();
  for (const one of watched)
    if (one.trigger.came === 0 && placesSet.get(one.trigger) === place && isDue(one, at))
      one.trigger.maybeServedBy = 'sibling';
}

/** The package may do it in an async context of its own, or of main. */
function serveFromQueue(): void {
  if (queuesLookedAt++ >= mostQueuesInBeat) return;
  const at = now();
  const waiting = [...watched].filter((one) => one.trigger.came === 0 && isDue(one, at));
  if (waiting.length === 0) return;
  const frames = framesHere();
  const own = frames.findIndex((frame) => !isOfPackage(frame));
  if (own === -1 || !frames.slice(own).some(isOfPackage)) return;
  for (const { trigger } of waiting) trigger.maybeServedBy ??= 'queue';
}

/** A request without an async context may belong to any watched callback. */
export function doubtAll(): void {
  const at = now();
  for (const one of watched) if (isDue(one, at)) one.trigger.isUncertain = true;
}

/** Node may call a timer a little before the time that it was set for, as clocks of the probe have it. */
function isDue({ setAt, delayMs }: Watched, at: number): boolean {
  return at >= setAt + delayMs - earliestMs;
}

/** Looks at those that have run; asked while the loop runs. */
export function lookAtCallbacks(): void {
  queuesLookedAt = 0;
  for (const one of watched) {
    const ran = one.ranAt();
    if (ran === null) continue;
    if (ran === 'gone' || one.kind === 'package-timer') drop(one);
    else look(one, ran);
  }
}

function drop(one: Watched): void {
  if (one.kind === 'package-timer') packageTimers--;
  unwatch(one);
  writingIntoStreams.delete(one);
}

function unwatch(one: Watched): void {
  watched.delete(one);
  one.trigger.isDecided = true;
}

/** At the end of the thread, those that have not run never will. */
export function lookAtCallbacksAtEnd(): void {
  const running = contextHere()?.trigger ?? null;
  for (const one of watched) if (one.trigger === running) lookWhetherGoneOn(one);
  lookAtCallbacks();
  for (const one of watched) {
    // Its callback may be what ends the thread.
    if (one.trigger === running) continue;
    const isTimer = one.kind === 'timer' || one.kind === 'package-timer';
    if (!isTimer || one.repeats || one.ranAt() !== null) continue;
    if (
      one.kind === 'timer' &&
      isWatchdog({ ...one, isRefreshed: one.isRefreshed?.() === true, hasSentSince: lastCameAt > one.setAt })
    )
      continue;
    if (!hasSentBefore(one) || isPutOff(one)) report(one, null, { kind: 'unfired' });
  }
  for (const one of handedOver) {
    const why = whyNothing(one.trigger);
    if (why.kind === 'pending' && one.reported === null) report(one, one.setAt + one.delayMs, why);
  }
}

/** Another timer that was set at the same place. */
function hasSentBefore({ frames }: Watched): boolean {
  return sendingPlaces.has(frames[0] ?? '');
}

/** Set once more with something to send, and not by the timer before: that comes round, and may have nothing to send. */
function isPutOff(one: Watched): boolean {
  if (one.kind !== 'timer' || one.trigger.isUncertain || putOffLooked >= mostPutOffLooked) return false;
  const [place = ''] = one.frames;
  let steps = 0;
  for (let { parent } = one.trigger; parent !== null; parent = parent.parent)
    if (placesSet.get(parent) === place || ++steps > stepsFollowed) return false;
  putOffLooked++;
  return isGivenSomething(one.callback, place);
}

/** Whoever waits for what it started and then calls process.exit() has left nothing undone. */
function lookWhetherGoneOn(one: Watched): void {
  const kept = one.trigger.pending;
  if (one.reported !== 'pending' || kept === null) return;
  if (inspectWith(() => stateOfPromise(kept.promise).kind === 'pending', true)) return;
  one.hasGoneOn = true;
  emit({ e: 'callback-fruitful', id: one.id });
}

function look(one: Watched, ran: number): void {
  if (one.trigger.came > 0) {
    if (!goesOnAfterwards(one)) hasComeOf(one);
    return;
  }
  one.purpose ??= purposeOf(one);
  if (one.purpose.leads === 'no') {
    lookAtObscure(one, ran);
    return;
  }
  const isTaken = hasBeenTaken(one);
  if (one.purpose.viaStream === true && lastCameAt > ran) {
    hasComeOf(one);
    return;
  }
  const why = whyNothing(one.trigger);
  if (isTaken && lastCameAt > ran && why.kind !== 'rejected') {
    hasComeOf(one);
    return;
  }
  const { maybeServedBy } = one.trigger;
  // Code that sends by itself leaves that to no queue.
  const isServed =
    maybeServedBy === 'sibling' || (maybeServedBy === 'queue' && one.purpose.leads !== 'surely');
  if (why.kind === 'nothing' && isServed) {
    hasComeOf(one);
    return;
  }
  // An interval that has sent before may have nothing to send now.
  if (why.kind === one.reported || (one.hasSent && why.kind !== 'rejected')) return;
  if (one.hasGoneOn && why.kind === 'pending') return;
  report(one, ran, why);
}

/** Of code that only emits an event, the purpose of what listens. */
function purposeOf({ callback, frames, trigger }: Watched): Purpose {
  const own = purposeOfCallback(callback, frames[0]);
  const listener = trigger.listener?.deref();
  if (listener === undefined || own.leads === 'surely' || own.leads === 'likely') return own;
  return purposeOfCallback(listener, whereWritten(listener) ?? frames[0]);
}

/** What it has put into a list is no longer in it: whoever took it may have sent it. */
function hasBeenTaken(one: Watched): boolean {
  const store = one.purpose?.store;
  if (store === undefined) return false;
  const list = store.list?.deref();
  one.left ??= { entry: list === undefined ? null : lastIn(list) };
  const { entry } = one.left;
  return list === undefined || entry === null || !holds(list, entry);
}

/** It has handed work to another thread or process, and is itself to make a request after that. */
function goesOnAfterwards(one: Watched): boolean {
  if (one.kind !== 'timer' || one.repeats || one.trigger.hasRequested) return false;
  if (handedOver.has(one)) return true;
  if (handedOver.size >= handedOverLimit) return false;
  one.purpose ??= purposeOfCallback(one.callback, one.frames[0]);
  if (one.purpose.leads !== 'surely' || one.purpose.conditional) return false;
  handedOver.add(one);
  return true;
}

/** Its code does not say what it is for: where it waits may. */
function lookAtObscure(one: Watched, ran: number): void {
  const isKnown = one.reported !== null;
  if (one.kind === 'message' && (isKnown || obscure < obscureLimit)) {
    const why = whyNothing(one.trigger);
    if (why.kind === 'pending' && why.frames.length > 0) {
      if (isKnown) return;
      obscure++;
      emitFruitless(one, ran, why, 'maybe');
      return;
    }
  }
  if (isKnown) {
    obscure--;
    emit({ e: 'callback-fruitful', id: one.id });
  }
  if (one.trigger.sleepsUntil === 0) one.listener?.cameToNothing();
  // What it calls by other ways, such as events, may have failed all the same.
  for (const promise of one.trigger.promises) promiseMade(promise, true, false);
  unwatch(one);
  writingIntoStreams.delete(one);
}

function hasComeOf(one: Watched): void {
  handedOver.delete(one);
  writingIntoStreams.delete(one);
  if (one.purpose?.leads === 'no') obscure--;
  if (one.kind === 'message') sendingListeners.add(one.callback);
  if (one.trigger.hasRequested) one.listener?.requested();
  one.listener?.cameToSomething();
  if (one.reported !== null) emit({ e: 'callback-fruitful', id: one.id });
  if (sendingPlaces.size < placesKept && one.frames[0] !== undefined) sendingPlaces.add(one.frames[0]);
  if (!one.repeats) {
    unwatch(one);
    return;
  }
  one.reported = null;
  one.hasSent = true;
  one.trigger.came = 0;
  one.trigger.promises = [];
  one.trigger.pending = null;
}

function report(one: Watched, ran: number | null, why: WhyNothing): void {
  one.purpose ??= purposeOfCallback(one.callback, placeOfCode(one));
  const { leads } = one.purpose;
  if (leads !== 'no') emitFruitless(one, ran, why, leads);
}

function emitFruitless(one: Watched, ran: number | null, why: WhyNothing, leads: Exclude<Leads, 'no'>): void {
  one.reported = why.kind;
  one.trigger.isReported = true;
  if (one.purpose?.viaStream === true) writingIntoStreams.add(one);
  const { id, kind, setAt, delayMs, repeats, frames, trigger, purpose, callback } = one;
  emit({
    e: 'callback-fruitless',
    t: now(),
    id,
    kind,
    setAt,
    ranAt: ran ?? setAt + delayMs,
    delayMs,
    repeats,
    stack: stackNumber(frames),
    leads,
    conditional: purpose?.conditional === true,
    calls: purpose?.calls ?? null,
    hasLed: sendingListeners.has(callback) || (why.kind === 'unfired' && hasSentBefore(one)),
    uncertain: trigger.isUncertain,
    sleepsUntil: trigger.sleepsUntil,
    why,
  });
}

/** An error of a package comes with the place of the program's own code that called it. */
function reachingOwn(frames: readonly string[], promise: object): readonly string[] {
  if (frames.some((frame) => !isOfPackage(frame))) return frames;
  return [...framesBehind(promise), ...frames];
}

/** In whose file its code is looked up. */
function placeOfCode({ kind, frames }: Watched): string | undefined {
  return kind === 'package-timer' ? frames.find(isOfPackage) : frames[0];
}

/** An import that failed has no frames, but names the file that it stands in. */
function framesOf({ text, stack }: Rejection): readonly string[] {
  const frames = framesInText(stack);
  const importedAt = frames.length > 0 ? null : importOf(text.replace(/^Error(?: \[\w+\])?: /, ''));
  return importedAt === null ? frames : [importedAt];
}

/** The first promise that was rejected is the root; one that is still pending may yet lead to a request. */
function whyNothing(trigger: Trigger): WhyNothing {
  const { promises } = trigger;
  trigger.pending = null;
  return inspectWith<WhyNothing>(
    () => {
      let deepest: readonly string[] | null = null;
      for (const reference of promises) {
        const promise = reference.deref();
        if (promise === undefined) continue;
        const state = stateOfPromise(promise);
        // Node's own promises, such as a stream's, are rejected in the normal course.
        const frames = state.kind === 'rejected' ? framesOf(state) : [];
        if (state.kind === 'rejected' && frames.length > 0)
          return { kind: 'rejected', error: state.text, frames: reachingOwn(frames, promise) };
        const made = state.kind === 'pending' ? framesBehind(promise) : null;
        if (made === null || made.length < (deepest?.length ?? 0)) continue;
        deepest = made;
        trigger.pending = new PromiseKeptByProbe(promise);
      }
      return deepest === null ? { kind: 'nothing' } : { kind: 'pending', frames: deepest };
    },
    { kind: 'nothing' },
  );
}
