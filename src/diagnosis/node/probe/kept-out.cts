import { type BusyFlag, busyFlags } from '../../source/busy-flags.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import {
  frameOfFunction,
  inspectWith,
  objectOf,
  remoteOf,
  variablesOf,
  whereWritten,
} from './own-inspector.cjs';
import { followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import { endOf, hasSentIn } from './sent-in.cjs';
import { now } from './sink.cjs';
import { positionIn, type Stop, type StoppedFrame, stopAt } from './stops.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** So many runs must have been left out since the last one began. */
const leastLeftOut = 2;

/** A run that is at work, and those that were left out because of it. */
interface Run {
  readonly setAt: string;
  /** The await that it came to last. */
  waitsAt: string | null;
  leftOut: number;
  since: number;
  undone: Undone | null;
}

/** Runs of the program's that send, and that are left out because one before them has not come to its end. */
export function followKeptOut(): void {
  onOwnScript(/\bawait\b/, (script) => {
    for (const flag of busyFlags(script.code)) followFlag(script, flag);
  });
  for (const stop of schedulerStops) stopAt(stop);
}

function followFlag(script: OwnScript, { name, leaves, sets, awaits, from, to }: BusyFlag): void {
  const runs = new WeakMap<object, Run>();
  /** They hold none of the program's objects. */
  const begun = new Set<Run>();
  const runIn = (frame: StoppedFrame | undefined) =>
    frame === undefined ? undefined : runs.get(ownerOf(name, frame, script));
  /** It comes round too often to be followed. */
  let isOver = false;
  const over = () => {
    isOver = true;
    for (const { undone } of begun) undone?.done();
    begun.clear();
  };
  const { url, text } = script;
  const span = [from, to].map((offset) => placeText(url, text, offset));
  const isToSend = () => sendsByWay(text.slice(sets, to), text) || hasSentIn(span);
  followPlace(script, sets, {
    reached: ([frame]) => {
      if (isOver || frame === undefined) return;
      const before = runIn(frame);
      before?.undone?.done();
      if (before !== undefined) begun.delete(before);
      const run = { setAt: frame.place, waitsAt: null, leftOut: 0, since: now(), undone: null };
      runs.set(ownerOf(name, frame, script), run);
      begun.add(run);
    },
    over,
  });
  for (const at of awaits)
    followPlace(script, at, {
      reached: ([frame]) => {
        const run = runIn(frame);
        if (isOver || run === undefined || frame === undefined) return;
        // It goes on, however slowly.
        run.undone?.done();
        run.undone = null;
        run.leftOut = 0;
        run.waitsAt = frame.place;
      },
      over,
    });
  followPlace(script, leaves, {
    reached: ([frame]) => {
      const run = runIn(frame);
      if (isOver || run === undefined || frame === undefined || run.undone !== null) return;
      if (++run.leftOut === 1) run.since = now();
      if (run.leftOut < leastLeftOut) return;
      run.undone = leftUndone({
        kind: 'kept-out',
        name,
        callback: null,
        frames: [run.waitsAt ?? run.setAt, frame.place, ...span],
        isOneOff: false,
        at: run.since,
        isToSend,
      });
    },
  });
}

/** An object's flag is its own; another is its script's. */
function ownerOf(name: string, frame: StoppedFrame, script: OwnScript): object {
  const owner = name.startsWith('this.') ? frame.valueOf('this') : null;
  return isObject(owner) ? owner : script;
}

function placeText(url: string, text: string, offset: number): string {
  const { line, column } = positionIn(text, offset);
  return `${decodeURIComponent(new URL(url).pathname)}:${line + 1}:${column + 1}`;
}

/** A job of a scheduler's that leaves out a run while the one before is at work. */
interface Job {
  run: unknown;
  leftOut: number;
  undone: Undone | null;
  since: number;
}

const jobs = new WeakMap<object, Job>();

/** The program's own function, which node-cron has a function of its own call. */
function givenTask(job: object): object | null {
  return inspectWith(() => {
    if (frameOfFunction(job) !== null) return job;
    const remote = remoteOf(job);
    const task = remote === null ? undefined : variablesOf(remote).get('taskFn');
    return task === undefined ? null : objectOf(task);
  }, null);
}

function stopOf(option: string, stop: Omit<Stop, 'values' | 'stoppedWith'>, value: string): Stop {
  return {
    ...stop,
    values: [value, 'undefined'],
    stoppedWith: ([found]) => {
      if (!Array.isArray(found)) return;
      const [job, run]: readonly unknown[] = found;
      const callback = isFunction(job) ? givenTask(job) : null;
      if (callback !== null) leftOut(option, callback, run);
    },
  };
}

const schedulerStops: readonly Stop[] = [
  stopOf(
    'protect',
    {
      file: /[\\/]croner[\\/].*\.[cm]?js$/,
      code: /_checkTrigger\(\w*\)\s*\{/,
      condition: 'this._states.blocking && this.options.protect && Date.now() >= arguments[0].getTime()',
    },
    '[this.fn, this._states.currentRun]',
  ),
  stopOf(
    'waitForCompletion',
    {
      file: /[\\/]cron[\\/]dist[\\/](?:cjs[\\/])?(?:src[\\/])?job\.c?js$/,
      code: /\bfireOnTick\(\)\s*\{\s*return __awaiter\([^)]*function\*\s*\(\)\s*\{/,
      condition: 'this.waitForCompletion && this._isCallbackRunning',
    },
    '[this._callbacks[0], this.lastExecution]',
  ),
  stopOf(
    'noOverlap',
    {
      file: /[\\/]node-cron[\\/]dist[\\/].*\.c?js$/,
      code: /\bonOverlap\b[^;{}]*;\s*if \(this\.noOverlap\) \{/,
      condition: 'true',
    },
    '[this.onMatch, lastExecution]',
  ),
];

function leftOut(option: string, callback: object, run: unknown): void {
  const before = jobs.get(callback);
  const isSame = before !== undefined && before.run === run;
  const job: Job = isSame ? before : { run, leftOut: 0, undone: null, since: now() };
  if (!isSame) {
    before?.undone?.done();
    jobs.set(callback, job);
  }
  if (++job.leftOut !== leastLeftOut) return;
  const written = whereWritten(callback);
  if (written === null) return;
  const frames = [written, written, written, endOf(written)];
  job.undone = leftUndone({
    kind: 'kept-out',
    name: option,
    callback,
    frames,
    isOneOff: false,
    at: job.since,
  });
}
