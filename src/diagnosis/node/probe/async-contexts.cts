import { executionAsyncId, executionAsyncResource, triggerAsyncId } from 'node:async_hooks';
import v8 from 'node:v8';
import type { PromiseKeptByProbe } from './kept-promise.cjs';
import { marks } from './marks.cjs';
import { now } from './sink.cjs';
import { userFramesHere } from './stack.cjs';
import type { TimerChain } from './timer-chain.cjs';
import { isObject } from './wrap.cjs';

/**
 * What a piece of running code goes back to. AsyncLocalStorage would say as much, but on Node 20 and 22 it writes
 * properties on every promise, which a program that prints one shows; V8's own promise hooks leave no trace.
 */
export interface Context {
  /** What started it; null for the program's main flow. */
  readonly trigger: Trigger | null;
  /** Where the program's own code last was, before its packages took over. */
  readonly frames: readonly string[];
  /** Whose timer it goes back to; null where that is none that is followed. */
  readonly chain: TimerChain | null;
  /** Set where nothing but the chain is known: it may have been started by anything. */
  readonly isUntraced?: true;
  /** The request to a server of this thread that is being answered. */
  readonly served?: Served | undefined;
}

/** What a request to a server of this thread has led to. */
export interface Served {
  hasSent: boolean;
}

/** A timer, message or signal whose callback ran: what comes of it is counted here. */
export class Trigger {
  /** Requests made, and work handed to somebody else. */
  came = 0;
  /** Whether a request was among them. */
  hasRequested = false;
  /** Whether something may have come of it that could not be traced to it. */
  isUncertain = false;
  /**
   * Who may have sent what was to come of it: a timer that was set at the same place and of which more than its own came,
   * or a package that calls the program's code for whoever has put something into its queue.
   */
  maybeServedBy: 'sibling' | 'queue' | null = null;
  /** Whether it was reported that nothing has come of it. */
  isReported = false;
  promises: WeakRef<object>[] = [];
  pending: PromiseKeptByProbe | null = null;
  /** When the last timer that was set in it is due: what waits for that is no puzzle. */
  sleepsUntil = 0;
  /** A listener that was called for an event which its code emitted: that may say what it is for. */
  listener: WeakRef<object> | null = null;
  /** Whether nobody asks any more what comes of it. */
  isDecided = false;
  #parent: Trigger | null;
  /** Back to where those before were last looked through. */
  readonly #steps: number;

  constructor(parent: Trigger | null) {
    this.#parent = parent;
    const steps = parent === null ? 0 : parent.#steps + 1;
    this.#steps = steps < parentsKept ? steps : 0;
    if (steps >= parentsKept) this.#forgetDecided();
  }

  get parent(): Trigger | null {
    return this.#parent;
  }

  /** What sets its own next timer goes back to all of those before: of the far ones, those that are decided are let go of. */
  #forgetDecided(): void {
    let kept: Trigger = this;
    for (let steps = 0; kept.#parent !== null; steps++) {
      if (steps >= parentsKept && kept.#parent.isDecided) kept.#parent = kept.#parent.#parent;
      else kept = kept.#parent;
    }
  }
}

const parentsKept = 200;

const promisesKept = 100;
const windowMs = 50;
/** So many promises a window are followed; what was not used is kept for a burst, such as the loading of modules. */
const initsInWindow = 500;
const initsSaved = 20_000;
/** So many a beat may be made while a debugger makes each several times dearer. */
const plainInBeat = 400;
const plainSaved = 20_000;
/** A stack takes some µs: so many a window are to spare, and what was not used is kept for a burst. */
const stacksInWindow = 8;
/** Loading a large client takes some thousand. */
const stacksSaved = 5000;
const pauseMs = 1500;
/** Without stacks to spare, the clock is read for one promise in so many. */
const askedAtOnce = 16;

const mainFlow: Context = { trigger: null, frames: [], chain: null };
const ofPromise = marks<Context>();
const ofResource = marks<Context>();
const takenAt = marks<readonly string[]>();
/** Contexts of timers by their async ids, which are the trigger ids of what their callbacks ask for. */
const ofId = new Map<number, Context>();
const idsKept = 2000;

let current: Context | null = null;
let inJob = false;
/** Who made the last promise; null where the time was too busy to look. */
let madeBy: 'own code' | 'other code' | null = null;
let windowStart = 0;
let initsLeft = initsSaved;
let initsSinceBeat = 0;
let plainLeft = plainSaved;
let stacksLeft = stacksSaved;
let asked = 0;
let pausedUntil = 0;
let stop: (() => void) | null = null;
interface Listener {
  /** Promises are not followed for a while. */
  paused(): void;
  /** So many promises are made that nothing may make them dearer; called at every beat. */
  flooded(): void;
  /** A promise was made; whether the program's own code makes it, and whether it goes back to what is watched. */
  made(promise: object, isOwn: boolean, isWatched: boolean): void;
  /** The program's own code runs, at a time that is not too busy. */
  ownCodeRuns(): void;
}

let listener: Listener = { paused() {}, flooded() {}, made() {}, ownCodeRuns() {} };

export function followContexts(listening: Listener): void {
  listener = listening;
  resume();
}

/** Asked at every beat: what may be spent grows, and promises are followed again once the flood is over. */
export function resumeContexts(): void {
  if (stop !== null) startsWindow();
  if (isFlooded()) listener.flooded();
  if (stop !== null || pausedUntil === 0 || now() <= pausedUntil) return;
  // What was begun meanwhile could not be traced.
  listener.paused();
  resume();
}

function isFlooded(): boolean {
  plainLeft = Math.min(plainSaved, Math.max(0, plainLeft) + plainInBeat) - initsSinceBeat;
  initsSinceBeat = 0;
  return stop === null || plainLeft < 0;
}

function resume(): void {
  // The time of a pause is none in which something was saved.
  windowStart = now();
  if (pausedUntil !== 0) initsLeft = initsInWindow;
  const hooks = v8.promiseHooks.createHook({ init, before, after });
  stop = () => Reflect.apply(hooks, undefined, []);
}

function pause(): void {
  stop?.();
  stop = null;
  current = null;
  inJob = false;
  pausedUntil = now() + pauseMs;
  listener.paused();
}

function init(promise: object, parent: object | null): void {
  initsSinceBeat++;
  if (--initsLeft < 0 && !startsWindow()) {
    pause();
    return;
  }
  const context = contextForNew();
  // A promise without a context is taken for one of the main flow.
  if (context !== null && context !== mainFlow) ofPromise.set(promise, context);
  // What is made of another promise is made where that one is awaited, or given a callback.
  if (isObject(parent) && madeBy === 'own code' && context !== null) takenAt.set(parent, context.frames);
  const trigger = context?.trigger ?? null;
  if (trigger === null) {
    if (madeBy !== null) listener.made(promise, madeBy === 'own code', false);
    return;
  }
  if (madeBy === 'own code') listener.made(promise, true, true);
  if (trigger.promises.length < promisesKept) trigger.promises.push(new WeakRef(promise));
}

/** Where the program's own code awaited a promise last, or gave it a callback. */
export function framesTaking(promise: object): readonly string[] {
  return takenAt.of(promise) ?? [];
}

function startsWindow(): boolean {
  const at = now();
  const elapsed = at - windowStart;
  if (elapsed < windowMs) return false;
  windowStart = at;
  const windows = elapsed / windowMs;
  initsLeft = Math.min(initsSaved, Math.max(0, initsLeft) + initsInWindow * windows);
  stacksLeft = Math.min(stacksSaved, stacksLeft + stacksInWindow * windows);
  return true;
}

/** With the place of the program's own code, where some is running. */
function contextForNew(): Context | null {
  const context = anyContextHere();
  const chain = context?.chain ?? null;
  const served = context?.served;
  const frames = spareFrames();
  madeBy = frames === null ? null : frames.length > 0 ? 'own code' : 'other code';
  if (frames === null || frames.length === 0)
    return context?.isUntraced ? { trigger: null, frames: [], chain, served } : context;
  listener.ownCodeRuns();
  return { trigger: context?.trigger ?? null, frames, chain, served };
}

function spareFrames(): readonly string[] | null {
  if (stacksLeft < 1 && (++asked % askedAtOnce !== 0 || !startsWindow())) return null;
  stacksLeft--;
  return userFramesHere();
}

function before(promise: object): void {
  inJob = true;
  current = ofPromise.of(promise);
}

function after(): void {
  inJob = false;
  current = null;
}

/** Where the program's own code was when the promise was made. */
export function framesBehind(promise: object): readonly string[] {
  return ofPromise.of(promise)?.frames ?? [];
}

/** The context of the code that runs; null where it can't be reported. */
export function contextHere(): Context | null {
  return tracedIn(anyContextHere());
}

/** The context as far as it can be reported. */
export function tracedIn(context: Context | null): Context | null {
  return context?.isUntraced ? null : context;
}

/** The chain of timers to which the code that runs goes back. */
export function chainHere(): TimerChain | null {
  return anyContextHere()?.chain ?? null;
}

/** The same as `contextHere`, with what is known where that is null; each question to Node costs, and every request asks. */
export function anyContextHere(): Context | null {
  if (current !== null) return current;
  if (inJob) return mainFlow;
  const resource: unknown = executionAsyncResource();
  const known = isObject(resource) ? (ofResource.of(resource) ?? contextOfResponse(resource)) : null;
  if (known !== null) return known;
  const id = executionAsyncId();
  if (id === 1) return mainFlow;
  return ofId.get(id) ?? ofId.get(triggerAsyncId()) ?? null;
}

/** What comes over node:http for a request runs for that one: a redirect that is followed, a retry. */
function contextOfResponse(resource: object): Context | null {
  const request: unknown = 'type' in resource && 'req' in resource ? resource.req : null;
  return isObject(request) ? ofResource.of(request) : null;
}

/** Lets the context be found again in what a request's response calls. */
export function leaveContextOfRequest(request: object): void {
  const context = anyContextHere();
  const frames = userFramesHere();
  ofResource.set(request, {
    trigger: context?.trigger ?? null,
    frames: frames.length > 0 ? frames : (context?.frames ?? []),
    chain: context?.chain ?? null,
    served: context?.served,
  });
}

/** The code that runs, and what it calls later, answers this request. */
export function serveHere(served: Served): void {
  const context: Context = { trigger: null, frames: [], chain: null, isUntraced: true, served };
  const resource: unknown = executionAsyncResource();
  if (isObject(resource)) ofResource.set(resource, context);
  rememberId(executionAsyncId(), context);
}

/** Lets the context be found again in the callback of a timer or immediate. */
export function leaveContext(resource: object, context: Context): void {
  ofResource.set(resource, context);
  const id = asyncIdOf(resource);
  if (id !== null) rememberId(id, context);
}

let idSymbol: symbol | null = null;

function asyncIdOf(resource: object): number | null {
  idSymbol ??=
    Object.getOwnPropertySymbols(resource).find(({ description }) => description === 'asyncId') ?? null;
  const id: unknown = idSymbol === null ? null : Reflect.get(resource, idSymbol);
  return typeof id === 'number' ? id : null;
}

function rememberId(id: number, context: Context): void {
  if (ofId.size >= idsKept) {
    for (const oldest of ofId.keys()) {
      ofId.delete(oldest);
      break;
    }
  }
  ofId.set(id, context);
}

/** Runs what a message or a signal calls as a flow of its own. */
export function runIn<Result>(context: Context, run: () => Result): Result {
  const outer = current;
  current = context;
  try {
    return run();
  } finally {
    current = outer;
  }
}
