import { type ProcessLook, requestLine } from '../model/finding.ts';
import { nameFrame } from '../model/frame.ts';
import type { Report } from '../model/report.ts';
import { showMs } from '../time/show-ms.ts';
import { requestProgress } from './request-progress.ts';

export type Looked = Pick<Report, 'threads' | 'awaits' | 'pending' | 'blindSpots' | 'looks'>;

export interface LookSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What a look into running processes showed; sections without a line are left out. */
export function lookSections(report: Looked): readonly LookSection[] {
  const { threads = [], awaits = [], pending = [], blindSpots = [], looks = [] } = report;
  const processOf = ({ pid }: { readonly pid?: number }) =>
    looks.length < 2 || pid === undefined ? '' : `process ${pid}: `;
  const sections: readonly LookSection[] = [
    {
      title: 'Threads',
      lines: looks.length === 0 ? [] : threads.map((thread) => `${processOf(thread)}${threadLine(thread)}`),
    },
    {
      title: 'Requests under way',
      lines: pending.map(
        (request) =>
          `${processOf(request)}${requestLine(request)}  ${request.ageMs === 0 ? 'begun between the looks' : requestProgress(request, 'at least ')}`,
      ),
    },
    {
      title: 'Awaits, innermost first',
      lines: awaits.map((each) => `${processOf(each)}${awaitLine(each)}`),
    },
    {
      title: 'Timers',
      lines: looks.flatMap((look) => look.timers.map((timer) => `${processOf(look)}${timerLine(timer)}`)),
    },
    ...looks.map((look) => ({ title: `Process ${look.pid}`, lines: processLines(look) })),
    { title: 'Not seen', lines: blindSpots },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

function fromHere(frame: string): string {
  return nameFrame(frame, process.cwd());
}

function threadLine({
  name,
  isMain,
  state = 'unknown',
  stack = [],
}: NonNullable<Report['threads']>[number]): string {
  return [isMain ? 'main' : name, state, ...stack.slice(0, 1).map((frame) => `at ${fromHere(frame)}`)].join(
    '  ',
  );
}

function awaitLine({ chain, waitsFor, count }: NonNullable<Report['awaits']>[number]): string {
  const times = count > 1 ? ` (${count} calls)` : '';
  const awaited = waitsFor === '' ? '' : `: ${waitsFor}`;
  return `${chain.map(fromHere).join(' ← ')}${awaited}${times}`;
}

function timerLine({ dueInMs, delayMs, repeats, holdsTheThread, at }: ProcessLook['timers'][number]): string {
  const due = dueInMs < 0 ? `overdue by ${showMs(-dueInMs)}` : `due in ${showMs(dueInMs)}`;
  return `${fromHere(at)}  ${due}, ${repeats ? 'every' : 'set for'} ${showMs(delayMs)}${holdsTheThread ? '' : ', unref’d'}`;
}

function processLines(look: ProcessLook): readonly string[] {
  const { spanMs, longestPauseMs, descriptors, poolJobs, unreadMessages, sockets } = look;
  const runtime = look.python === undefined ? look.node && `Node ${look.node}` : `Python ${look.python}`;
  const notable = sockets.filter(
    ({ state, unread, unsent }) =>
      state === 'connecting' || state === 'half-closed' || unread > 0 || unsent > 0,
  );
  return [
    runtime === null
      ? 'seen from outside only'
      : `${runtime}, looked at ${spanMs === 0 ? 'once' : `twice ${showMs(spanMs)} apart`}`,
    ...(runtime === null
      ? []
      : [`this look paused a thread for up to ${showMs(longestPauseMs)} at a time; ${heapText(look)}`]),
    ...(descriptors === null
      ? []
      : [
          `${descriptors.open} of ${descriptors.limit} descriptors open${descriptors.open > descriptors.limit * 0.9 ? ': near the limit' : ''}`,
        ]),
    ...(poolJobs.length === 0
      ? []
      : [`libuv’s pool: ${poolJobs.length} jobs out (${[...new Set(poolJobs.map(jobText))].join(', ')})`]),
    ...(unreadMessages === 0 ? [] : [`${unreadMessages} messages wait in ports that nobody reads`]),
    ...notable.map(
      ({ local, remote, state, unread, unsent }) =>
        `socket ${local} → ${remote}: ${state}${unread > 0 ? `, ${unread} bytes unread` : ''}${unsent > 0 ? `, ${unsent} bytes not taken by the other side` : ''}`,
    ),
  ];
}

/** A snapshot, and walks through the heap that find what it has named. */
function heapText({ snapshotPauseMs, heapPausesMs }: ProcessLook): string {
  if (snapshotPauseMs === 0) return 'no heap was read';
  const longest = showMs(snapshotPauseMs);
  const all = showMs(heapPausesMs);
  return `for up to ${longest} while its heap was read${all === longest ? '' : `, ${all} in all`}`;
}

/** By Node's class for it. */
function jobText(job: string): string {
  if (job.startsWith('FSReq')) return 'files';
  if (job.startsWith('Get')) return 'name lookups';
  return /zlib|brotli|zstd/i.test(job) ? 'compression' : 'cryptography';
}
