import { cpus } from 'node:os';
import { byRoot } from '../../model/cause.ts';
import type {
  Finding,
  ProcessLook,
  ReportedAwait,
  RequestSummary,
  ThreadTimeline,
} from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { schemaVersion, toolVersion, undiciVersion } from '../../version.ts';
import { judge } from '../verdict.ts';
import { isUpToProgram } from './await-findings.ts';
import { findingsOf, showing } from './findings.ts';
import { placeText } from './frames.ts';
import { isProgramScript } from './heap-facts.ts';
import { holdersList } from './holder-text.ts';
import type { RequestFacts } from './in-thread.ts';
import type { Look, LookedThread } from './look.ts';
import type { PythonLook } from './python-look.ts';

const socketsShown = 50;
const timersShown = 50;

/** The report on one or several processes that were looked into. */
export function lookReport(looks: readonly Look[], startedAt: Date, interrupted: boolean): Report {
  const found = looks.flatMap((look) => ofProcess(look.pid, findingsOf(look).findings)).sort(byRoot);
  const findings = looks.length === 0 ? [nothingSeen] : found;
  const threads = looks.flatMap(({ threads: all }) => all);
  return {
    schemaVersion,
    kind: 'doctor',
    tool: { name: 'timer-notify', version: toolVersion() },
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    environment: {
      node: threads[0]?.facts?.node ?? process.versions.node,
      undici: undiciVersion(),
      platform: process.platform,
      arch: process.arch,
      cpus: cpus().length,
      threadpoolSize: threads[0]?.facts?.threadpoolSize ?? 4,
    },
    cells: [],
    thresholds: [],
    findings,
    threads: looks.flatMap((look) =>
      [...look.threads, ...(look.python?.threads ?? [])].map((thread) => threadState(thread, look)),
    ),
    awaits: looks.flatMap(({ pid, threads: own, python }) =>
      ofProcess(pid, [...own.flatMap(awaitsOf), ...(python?.awaits ?? [])]),
    ),
    pending: looks.flatMap(({ pid, threads: own, python }) =>
      ofProcess(pid, [
        ...own.flatMap(({ requests }) => requests.map(showing.request)),
        ...own.flatMap(({ begun }) => begun.map(begunRequest)),
        ...(python?.pending ?? []),
      ]),
    ),
    blindSpots: [
      ...new Set(
        looks.flatMap(({ pid, blindSpots }) =>
          blindSpots.map((text) => (looks.length === 1 ? text : `process ${pid}: ${text}`)),
        ),
      ),
    ],
    looks: looks.map(processLook),
    ...judge(findings),
    ...(interrupted ? { partial: true as const } : {}),
  };
}

function ofProcess<Each extends object>(
  pid: number,
  all: readonly Each[],
): readonly (Each & { readonly pid: number })[] {
  return all.map((each) => ({ ...each, pid }));
}

/** Every process is looked at unless somebody interrupts it. */
const nothingSeen: Finding = {
  code: 'inconclusive',
  severity: 'warning',
  title: 'It was interrupted before anything was looked at',
  thread: null,
  request: null,
  evidence: [],
  stack: [],
  fix: 'Run it again',
};

/** It had not waited yet when it was seen. */
function begunRequest({ method, origin, path, state }: RequestFacts): RequestSummary {
  return { method, origin, path, state, ageMs: 0 };
}

function threadState(
  { id, name, isMain, state, stack }: LookedThread | PythonLook['threads'][number],
  { pid, kernel }: Look,
): ThreadTimeline {
  return {
    id,
    name,
    isMain,
    state: kernel?.state === 'T' ? 'suspended' : state,
    stack: [...stack],
    pid,
    startedAtMs: 0,
    endedAtMs: null,
    end: null,
    answered: 0,
    spans: [],
  };
}

function awaitsOf({ id, name, isMain, awaits }: LookedThread): readonly ReportedAwait[] {
  return awaits.flatMap((pending) => {
    const [at] = pending.chain;
    if (at === undefined) return [];
    const holders = holdersList(pending.holders);
    return [
      {
        thread: { id, name, isMain },
        at: `${at.file}:${at.line}:${at.column}`,
        function: at.function,
        waitsFor: `${pending.expression}${holders === '' ? '' : `, held by ${holders}`}`,
        chain: pending.chain.map(placeText),
        count: pending.count,
        ...(isUpToProgram(pending) ? { upToProgram: true as const } : {}),
      },
    ];
  });
}

function processLook({ pid, spanMs, cutShort, threads, kernel, pauses, python }: Look): ProcessLook {
  return {
    pid,
    node: threads[0]?.facts?.node ?? null,
    ...(python === null ? {} : { python: python.version }),
    spanMs: cutShort ? 0 : Math.round(spanMs),
    longestPauseMs: Math.round(pauses.longestMs),
    snapshotPauseMs: Math.round(pauses.snapshotMs),
    heapPausesMs: Math.round(pauses.heapMs),
    descriptors: kernel?.descriptors ?? null,
    poolJobs: threads.flatMap(({ facts }) => facts?.poolJobs ?? []),
    unreadMessages: threads
      .filter(({ state }) => state === 'running')
      .flatMap(({ heap }) => heap?.unread ?? [])
      .filter(({ hasListener }) => !hasListener)
      .reduce((sum, { messages }) => sum + messages, 0),
    sockets: (kernel?.sockets ?? [])
      .slice(0, socketsShown)
      .map(({ local, remote, state, unread, unsent }) => ({ local, remote, state, unread, unsent })),
    timers: threads.flatMap(timersOf).slice(0, timersShown),
  };
}

/** The program's own timers; Node's housekeeping is left out. */
function timersOf({ id, name, isMain, heap }: LookedThread): ProcessLook['timers'] {
  return (heap?.timers ?? [])
    .filter(({ script, line }) => line !== null && isProgramScript(script))
    .map((timer) => ({
      thread: { id, name, isMain },
      dueInMs: Math.round(timer.dueInMs),
      delayMs: timer.delayMs,
      repeats: timer.repeats,
      holdsTheThread: timer.isReferenced,
      at: `${timer.script.replace(/^file:\/\//, '')}:${timer.line}`,
    }))
    .sort((a, b) => a.dueInMs - b.dueInMs);
}
