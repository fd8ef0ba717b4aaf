import { inspect } from 'node:util';
import { codeWithoutResult } from '../../source/asked-result.ts';
import type { RefusalReason } from '../protocol.ts';
import { onceLoaded, prototypeOf } from './loaded-modules.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { sendsByWay } from './sending-code.cjs';
import { emit, now } from './sink.cjs';
import { placeOf, readSource } from './source-text.cjs';
import { stackHere, userFramesHere } from './stack.cjs';
import { type Stop, stopAt } from './stops.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapClass, wrapMethod } from './wrap.cjs';

/** Packages that run a job at a date, and refuse one that they will never run without an error. */
export function followSchedulers(): void {
  onceLoaded(/[\\/]node-schedule[\\/]lib[\\/]Job\.js$/, (_file, exported) => followNodeSchedule(exported));
  onceLoaded(/[\\/]croner[\\/].*\.c?js$/, (_file, exported) => followCroner(exported));
  stopAt(cronerInModules);
  onceLoaded(/[\\/]cron[\\/]dist[\\/](?:cjs[\\/])?(?:src[\\/])?job\.c?js$/, (_file, exported) =>
    followCron(exported),
  );
  onceLoaded(/[\\/]later[\\/].*\.c?js$/, (_file, exported) => followLater(exported));
}

const cronerInModules: Stop = {
  file: /[\\/]croner[\\/](?!.*umd).*\.m?js$/,
  code: /\bschedule\(\w*\)\s*\{/,
  // A job that has run asks once more for its next time.
  condition: 'this.nextRun() === null && this.currentRun() === null && this.previousRun() === null',
  values: ['this.fn', 'arguments[0]'],
  stoppedWith: ([callback, spec]) => refused('croner', spec, callback),
};

/** A job of `cron` that was made and not started, by the end of its thread. */
interface MadeJob {
  readonly time: unknown;
  readonly callback: unknown;
  readonly stack: number | null;
  readonly at: number;
}

/** A program may make a job first and start it soon; one that ends meanwhile by process.exit() had no time to, in ms. */
const soonMs = 1000;

const made = new Map<object, MadeJob>();
const madeKept = 100;

/** Its constructor sets a callback, and `start()` a timer. */
function followCron(exported: unknown): void {
  const prototype = prototypeOf(exported, 'CronJob');
  if (prototype === null) return;
  wrapMethod(prototype, 'addCallback', ([callback], self) => {
    if (!isObject(self) || made.has(self) || made.size >= madeKept) return;
    made.set(self, { time: Reflect.get(self, 'cronTime'), callback, stack: stackHere(), at: now() });
  });
  for (const name of ['start', 'fireOnTick'])
    wrapMethod(prototype, name, (_args, self) => {
      if (isObject(self)) made.delete(self);
    });
}

/** Asked at the end of the thread. */
export function reportJobsNotStarted(isExitCalled: boolean): void {
  for (const { time, callback, stack, at } of made.values()) {
    if (isExitCalled && now() - at < soonMs) continue;
    if (!isObject(callback) || purposeOfCallback(callback).leads === 'no') continue;
    const source: unknown = isObject(time) ? Reflect.get(time, 'source') : time;
    emit({
      e: 'refused',
      t: now(),
      scheduler: 'cron',
      spec: specText(source),
      why: 'not-started',
      sendsOtherwise: false,
      stack,
    });
  }
  made.clear();
}

function followNodeSchedule(exported: unknown): void {
  const prototype = prototypeOf(exported, 'Job');
  if (prototype === null) return;
  wrapCall(prototype, 'schedule', (target, self, args) => {
    const isScheduled: unknown = Reflect.apply(target, self, args);
    if (isScheduled === false || isNoDate(args[0])) {
      attempt(() => refused('node-schedule', args[0], isObject(self) ? Reflect.get(self, 'job') : null));
    }
    return isScheduled;
  });
}

function followCroner(exported: unknown): void {
  if (!isObject(exported)) return;
  wrapClass([exported], 'Cron', (target, args, newTarget) => {
    const job: object = Reflect.construct(target, args, newTarget);
    attempt(() => {
      const callback = args.find(isFunction);
      const nextRun: unknown = Reflect.get(job, 'nextRun');
      if (callback === undefined || !isFunction(nextRun)) return;
      if (Reflect.apply(nextRun, job, []) === null) refused('croner', args[0], callback);
    });
    return job;
  });
}

/** `later.setTimeout` sets no timer where the schedule has no next time, and returns one all the same. */
function followLater(exported: unknown): void {
  if (!isObject(exported) || !isFunction(Reflect.get(exported, 'schedule'))) return;
  for (const name of ['setTimeout', 'setInterval']) {
    wrapCall(exported, name, (target, self, args) => {
      attempt(() => {
        const schedule: unknown = Reflect.get(exported, 'schedule');
        const times: unknown = isFunction(schedule) ? Reflect.apply(schedule, exported, [args[1]]) : null;
        const next: unknown = isObject(times) ? Reflect.get(times, 'next') : null;
        // What it answers where there is none.
        if (isFunction(next) && Number(Reflect.apply(next, times, [1])) === 0)
          refused('later', args[1], args[0]);
      });
      return Reflect.apply(target, self, args);
    });
  }
}

function refused(scheduler: string, spec: unknown, job: unknown): void {
  if (!isObject(job) || purposeOfCallback(job).leads === 'no') return;
  const [caller = ''] = userFramesHere();
  const { file, ...place } = placeOf(caller);
  const source = readSource(file);
  emit({
    e: 'refused',
    t: now(),
    scheduler,
    spec: specText(spec),
    why: whyRefused(spec),
    sendsOtherwise: sendsByWay(codeWithoutResult(source, place), source),
    stack: stackHere(),
  });
}

function isNoDate(spec: unknown): boolean {
  return spec instanceof Date && Number.isNaN(spec.getTime());
}

function whyRefused(spec: unknown): RefusalReason {
  if (isNoDate(spec)) return 'no-date';
  return spec instanceof Date && spec.getTime() < Date.now() ? 'past' : 'no-next-time';
}

function specText(spec: unknown): string {
  if (spec instanceof Date) return textOf(spec);
  return inspect(spec, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, 200);
}

function textOf(date: Date): string {
  return isNoDate(date) ? 'an invalid date' : date.toISOString();
}
