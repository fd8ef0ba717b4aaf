import { basename } from 'node:path';
import { capital } from '../../capital.ts';
import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, ThreadRecord, UnfollowedUse, WatchedFile } from '../record.ts';
import { waitsOnTheWay } from './await-unsettled.ts';
import { happened } from './fruitless-callbacks.ts';
import type { RuleOptions, Suspicion } from './rule.ts';
import { blockedToTheEnd, parkedToTheEnd } from './stopped-before-requests.ts';
import { timersLeft, type UnseenTimer, unseenTimers } from './timers.ts';
import { at, placesEvidence, threadText } from './wording.ts';

/** Where nothing is wrong with what was seen: what could not be seen, or that there was nothing. */
export function nothingFound(record: ProgramRecord, options: RuleOptions): readonly Suspicion[] {
  const used = record.unfollowed.filter(({ byUser }) => byUser);
  const spots = used.length === 0 && record.started === 0 ? record.unfollowed : used;
  if (spots.length > 0) return [inconclusive(spots, record)];
  if (record.started > 0) return blockedToTheEnd(record, options);
  const parked = parkedToTheEnd(record, options);
  if (parked.length > 0) return parked;
  // A Node program's timers are seen, whether they are due or not.
  const isWaiting = record.runtime === 'python' && record.end.kind !== 'exited';
  if (isWaiting) return [stillSilent(record)];
  const unseen = unseenTimers(record).filter((timer) => !hadTimeToFire(timer, record));
  return [unseen.length > 0 ? notDueYet(record, unseen) : noRequest(record)];
}

/** A timer of which the watch has lasted many times the delay, and that is still to fire, is set again and again. */
function hadTimeToFire({ thread, timer }: UnseenTimer, { end }: ProgramRecord): boolean {
  return timer.delayMs * manyTimes < (end.watchedUntil ?? end.at) - thread.startedAt;
}

const manyTimes = 5;

/** It has made no request because none was due: what its timers do is not known. */
function notDueYet(record: ProgramRecord, unseen: readonly UnseenTimer[]): Suspicion {
  const [first] = unseen;
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: 'The program had made no request when the watch ended, before its timer was due',
    thread: first?.thread ?? null,
    request: null,
    evidence: [
      `none was made through ${followedClients[record.runtime]}`,
      ...unseen
        .slice(0, 3)
        .map(
          ({ thread, timer, dueInMs }) =>
            `${threadText(thread)} ${timer.isSleep ? 'began to sleep' : 'set a timer that is to send'}${at(timer.stack)} for ${showMs(timer.delayMs)}, due ${showMs(dueInMs)} after the end of the watch`,
        ),
      ...placesEvidence(record),
    ],
    stack: first?.timer.stack ?? [],
    fix: `Watch for longer (--timeout): the first of them was due in ${showMs(first?.dueInMs ?? 0)}; if it should be due sooner, check its delay and its unit`,
  };
}

function inconclusive(spots: readonly UnfollowedUse[], record: ProgramRecord): Suspicion {
  const names = [...new Set(spots.map(({ what }) => what))];
  const { started, runtime } = record;
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: `The program uses ${names.join(', ')}, which the doctor does not follow`,
    thread: null,
    request: null,
    evidence: [
      ...spots.map(({ what, stack: [place] }) => `${what}: used at ${place ?? 'an unknown place'}`),
      `requests made through ${followedClients[runtime]} are followed: ${started} ${started === 1 ? 'was' : 'were'} seen`,
      ...placesEvidence(record),
    ],
    stack: spots[0]?.stack ?? [],
    fix: `Make the request through ${followedClients[runtime]} while you diagnose it, or look at the server’s own log`,
  };
}

function stillSilent(record: ProgramRecord): Suspicion {
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: 'The program had made no request when the watch ended, and was still running',
    thread: null,
    request: null,
    evidence: [`none was made through ${followedClients[record.runtime]}`, ...placesEvidence(record)],
    stack: [],
    fix: 'Watch for longer than its timer takes (--timeout), and check that the timer is set and its callback runs',
  };
}

function noRequest(record: ProgramRecord): Suspicion {
  const exit = exitCallIn(record);
  const terminated = record.threads.filter(({ end }) => end?.reason === 'terminated');
  const waits = record.threads.flatMap((thread) => (thread.isLauncher ? [] : waitsOnTheWay(thread)));
  const fruitless = record.fruitlessCallbacks.filter(({ thread }) => !thread.isLauncher).slice(0, 3);
  const cutOff = terminated.flatMap(timersCutOff).slice(0, 3);
  const watched = (record.watchedFiles ?? []).slice(0, 3);
  const watchesOld = watched.some(({ isReplaced }) => isReplaced);
  const ended = terminated.find((thread) => isOnlyReason(thread, record));
  return {
    code: ended === undefined ? 'never-requested' : 'thread-exited',
    severity: 'error',
    title:
      ended === undefined
        ? watchesOld
          ? 'The program made no request, and watches a file that has been replaced'
          : 'The program made no request'
        : `${capital(threadText(ended))} was ended before a timer of it that is to send had fired`,
    thread: ended ?? null,
    request: null,
    evidence: [
      watchedText(record),
      ...(record.end.kind === 'exited' || hasEnded(record)
        ? []
        : ['the program was still running when the watch ended']),
      ...watched.map(watchText),
      ...waits.slice(0, 3).map(({ text }) => text),
      ...fruitless.map(happened),
      ...cutOff.map(({ text }) => text),
      ...terminated.map((thread) => `terminate() ended ${threadText(thread)}${at(thread.end?.stack ?? [])}`),
      ...(exit === null
        ? []
        : [
            `${threadText(exit.thread)} called process.exit()${at(exit.stack)}, which waits for nothing and runs no beforeExit listener: what was to be flushed there is lost`,
          ]),
      ...record.sendingPlaces
        .slice(0, 3)
        .map((place) => `the code that sends is at ${place}: it led to no request`),
      ...placesEvidence(record),
    ],
    stack: [
      ...new Set([
        ...watched.flatMap(({ stack }) => stack),
        ...waits.flatMap(({ stack }) => stack),
        ...fruitless.flatMap(({ calls, stack }) => (calls === null ? stack : [calls, ...stack])),
        ...cutOff.flatMap(({ stack }) => stack),
        ...terminated.flatMap(({ end }) => end?.stack ?? []),
        ...(exit?.stack ?? []),
        ...record.sendingPlaces.slice(0, 3),
      ]),
    ],
    fix: watchesOld ? watchFix : null,
  };
}

const watchFix =
  'Watch the directory, and look at the name that each event gives, or watch the file again after a “rename”; fs.watchFile() asks for the name, too';

function watchText({ thread, path, isReplaced, stack }: WatchedFile): string {
  const watches = `${threadText(thread)} watches ${basename(path)}${at(stack)}, with a listener that is to send`;
  return isReplaced
    ? `${watches}; that file has been replaced since (written to another and renamed), and the watcher stays with the old one, where nothing happens any more`
    : watches;
}

/** It had set a timer that is to send when it was ended, and no other thread waits for one. */
function isOnlyReason(thread: ThreadRecord, { threads, fruitlessCallbacks }: ProgramRecord): boolean {
  if (thread.end === null || timersLeft(thread, thread.end.at).length === 0) return false;
  return (
    fruitlessCallbacks.length === 0 &&
    threads.every(({ end, timersToSend }) => end !== null || timersToSend.length === 0)
  );
}

/** What a thread that was ended still waited for on its way to a request. */
function timersCutOff(thread: ThreadRecord): readonly { text: string; stack: readonly string[] }[] {
  return thread.timersToSend.map(({ isSleep, delayMs, setAt, stack }) => {
    const left = thread.end === null ? '' : `, and was ended ${showMs(thread.end.at - setAt)} later`;
    const what = isSleep ? 'began to sleep' : 'set a timer';
    return { text: `${threadText(thread)} ${what} for ${showMs(delayMs)}${at(stack)}${left}`, stack };
  });
}

/** Where the program itself called process.exit(). */
function exitCallIn({ threads }: ProgramRecord): { thread: ThreadRecord; stack: readonly string[] } | null {
  for (const thread of threads) {
    const { end } = thread;
    if (!thread.isLauncher && end?.reason === 'exit-call' && end.stack.length > 0)
      return { thread, stack: end.stack };
  }
  return null;
}

/** The clients whose requests the doctor follows. */
export const followedClients: Readonly<Record<Runtime, string>> = {
  node: 'undici, fetch, node:http, node:https or node:http2',
  python: 'aiohttp, httpx, requests, urllib3, urllib, http.client, tornado or pycurl',
};

/** Where a program is followed, its threads tell of their end before its process is seen to be gone. */
function hasEnded({ threads }: ProgramRecord): boolean {
  return threads.length > 0 && threads.every(({ end }) => end !== null);
}

function watchedText({ threads, runtime }: ProgramRecord): string {
  const own = threads.filter((thread) => !thread.isLauncher);
  if (own.length === 0) return 'only a package manager ran, whose own requests do not count';
  const processes = counted(new Set(own.map(({ pid }) => pid)).size, 'process', 'processes');
  // A Python thread is known only once it does something of interest.
  const watched =
    runtime === 'python'
      ? `the threads of ${processes}`
      : `${counted(own.length, 'thread', 'threads')} in ${processes}`;
  return `${watched} ${own.length === 1 && runtime === 'node' ? 'was' : 'were'} watched from the first statement on; none made a request through ${followedClients[runtime]}`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
