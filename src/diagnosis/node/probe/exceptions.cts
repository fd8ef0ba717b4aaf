import type { Session } from 'node:inspector';
import v8 from 'node:v8';
import { rememberScript } from './own-inspector.cjs';
import { emit, now } from './sink.cjs';
import { skippedByThrow } from './skipped-listeners.cjs';
import { framesInOrder, isOfPackage, isProbesOwn } from './stack.cjs';
import { forgetStops, openStops, stopReached } from './stops.cjs';
import { keepLatest } from './swallowed.cjs';
import { runsTests } from './test-run.cjs';
import { attempt, isObject } from './wrap.cjs';

/**
 * Hears of errors that something is about to catch. V8 tells its debugger of them, and only that; the one of the own
 * thread goes on as soon as it has been told. One takes about 200 µs: so many are to spare.
 */
let session: Session | null = null;
let isOn = false;
let isConnected = false;
const savedMost = 60;
const savedPerBeat = 5;
let saved = savedMost;
const pauseMs = 1500;
let pausedUntil = 0;

const reported = new Set<string>();
const reportedLimit = 50;

export function followExceptions(): void {
  // A debugger of the program's user would stop where this one goes on.
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  if (options.some((option) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(option))) return;
  try {
    const inspector: typeof import('node:inspector') = require('node:inspector');
    session = new inspector.Session();
    session.on('Debugger.paused', ({ params }) => attempt(() => heard(params)));
    session.on('Debugger.scriptParsed', ({ params }) => rememberScript(params.scriptId, params.url));
    openStops(session);
    listen();
  } catch {
    // No inspector in this build, or the permission model keeps it.
    session = null;
  }
}

/** It makes promises dearer: in a flood of them it is not asked. */
export function spareExceptions(forMs = pauseMs): void {
  pausedUntil = Math.max(pausedUntil, now() + forMs);
  if (!isOn) return;
  isOn = false;
  // It may be the one that tells of this very pause: it can't be disconnected here.
  session?.post('Debugger.disable');
  forgetStops();
}

/** Asked at every beat. */
export function resumeExceptions(): void {
  saved = Math.min(savedMost, saved + savedPerBeat);
  if (session === null || isOn) return;
  if (now() > pausedUntil) listen();
  else disconnect();
}

/** A session that is only connected makes promises dearer, too. */
function disconnect(): void {
  if (isConnected) session?.disconnect();
  isConnected = false;
}

function listen(): void {
  isOn = true;
  if (!isConnected) session?.connect();
  isConnected = true;
  session?.post('Debugger.enable');
  session?.post('Debugger.setPauseOnExceptions', { state: 'all' });
}

function heard(params: object): void {
  stopReached(params);
  const reason: unknown = Reflect.get(params, 'reason');
  if (reason === 'OOM') {
    emit({ e: 'heap-full', t: now(), usedBytes: v8.getHeapStatistics().used_heap_size });
    // A debugger is given more memory to look around in; without it the program meets its own limit.
    spareExceptions(Number.POSITIVE_INFINITY);
    return;
  }
  if ((reason === 'exception' || reason === 'promiseRejection') && --saved < 0) {
    spareExceptions();
    return;
  }
  // It can be looked at afterwards.
  if (reason === 'promiseRejection') keepLatest();
  if (reason !== 'exception') return;
  const thrown: unknown = Reflect.get(params, 'data');
  if (isObject(thrown) && Reflect.get(thrown, 'uncaught') === true) return;
  const described: unknown = isObject(thrown) ? Reflect.get(thrown, 'description') : null;
  if (typeof described !== 'string' || reported.size >= reportedLimit || isProbesOwn(described)) return;
  const frames = framesInOrder(described);
  const [first = ''] = frames;
  const error = (described.split('\n')[0] ?? '').slice(0, 300);
  const key = `${error} ${first}`;
  if (first === '' || isOfPackage(first) || reported.has(key)) return;
  reported.add(key);
  emit({
    e: 'caught',
    t: now(),
    error,
    frames,
    ...skippedByThrow(params),
    ...(runsTests() ? { inTest: true } : {}),
  });
}
