// One file, however long: one look, whose steps share what the first of them has seen.
import { setTimeout as sleep } from 'node:timers/promises';
import { showMs } from '../../time/show-ms.ts';
import {
  lookAtAwaits,
  type PendingAwait,
  release,
  stillWaits,
  takeHeapGraph,
  takeHeapGraphWithin,
} from './awaits.ts';
import { hasCaughtUp } from './catching-up.ts';
import { codeAhead, type FrameAhead } from './code-ahead.ts';
import { type Conversation, converse } from './conversation.ts';
import { ownFirst, placeText } from './frames.ts';
import { holdsOtherClients } from './heap-clients.ts';
import { type HeapFacts, heapFacts, withoutShutdownMessages } from './heap-facts.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { IpcChannel, RequestFacts, ThreadFacts } from './in-thread.ts';
import { type KernelNow, type KernelView, kernelNow, kernelView, type SocketView } from './kernel-view.ts';
import { identifyTimers, type ListedTimers, listTimers } from './listed-timers.ts';
import { type Blockage, blockageOf, lastingBlockage } from './outside.ts';
import { ownFiles } from './own-code.ts';
import { queuesOf } from './own-queues.ts';
import { noPauses, type Pauses, PauseWatch } from './pauses.ts';
import {
  hasProc,
  type KernelSocket,
  type KernelThread,
  mainIsBusy,
  readExecutable,
  readLocalUnread,
  readStatus,
  readThreads,
} from './proc.ts';
import { lookIntoPython, type PythonLook } from './python-look.ts';
import { type ReadyCallback, readyCallbacks } from './ready-callbacks.ts';
import {
  type InspectedProcess,
  type InspectedThread,
  InspectorRefused,
  inspectProcess,
  isNode,
  isPython,
  type Refusal,
} from './remote.ts';
import { type RequestPlace, requestPlaces } from './request-places.ts';
import { glance, type Remembered, see, seeEmitters } from './seeing.ts';
import type { StuckQueue } from './stuck-queues.ts';

export interface LookOptions {
  readonly pid: number;
  /** Between the first and the second look, in ms: what makes no progress in it waits. */
  readonly intervalMs: number;
  /** A heap above this is not written: that stops its thread for as long as it takes. */
  readonly maxHeapBytes: number;
  readonly interrupted: AbortSignal;
  /**
   * Called once the process is known to be there, where its kernel says so, with how often it will be looked at; null
   * where that is not known yet.
   */
  readonly onBegin?: (looks: 1 | 2 | null) => void;
}

/** One process, looked at twice. */
export interface Look {
  readonly pid: number;
  /** Between its two glances, in ms. */
  readonly spanMs: number;
  /** It was interrupted before the second glance: nothing is known of what moves and what waits. */
  readonly cutShort: boolean;
  readonly threads: readonly LookedThread[];
  readonly kernel: KernelView | null;
  /** What the main thread waits for outside JavaScript; null where it was not seen to. */
  readonly blockage: Blockage | null;
  /** Why its inspector was not used; null where it was. */
  readonly refused: { readonly reason: Refusal; readonly text: string } | null;
  readonly pauses: Pauses;
  readonly blindSpots: readonly string[];
  /** What a Python process showed; null where it is none, or could not be looked into. */
  readonly python: PythonLook | null;
}

export type LoopState = 'running' | 'parked' | 'blocked' | 'unknown';

export interface LookedThread {
  readonly id: number;
  readonly name: string;
  readonly isMain: boolean;
  readonly state: LoopState;
  /** What it ran at both looks, the program's own frames first. */
  readonly stack: readonly string[];
  readonly facts: ThreadFacts | null;
  /** Requests that were under way at both looks. */
  readonly requests: readonly LookedRequest[];
  /** Those that were begun between the two. */
  readonly begun: readonly RequestFacts[];
  readonly awaits: readonly PendingAwait[];
  readonly heap: HeapFacts | null;
  /** Lists of jobs that nobody will do. */
  readonly queues: readonly StuckQueue[];
  /** Callbacks that its loop has not come to; seen only where that does not run. */
  readonly ready: readonly ReadyCallback[];
  /** What the functions on its stack have still to do; seen only where it is blocked. */
  readonly ahead: readonly FrameAhead[];
  /** Channels to other processes in which messages wait; seen only where its loop does not run. */
  readonly channels: readonly UnreadChannel[];
}

/** A channel to another process, and the bytes that wait in it. */
export interface UnreadChannel extends IpcChannel {
  readonly unread: number;
}

export interface LookedRequest extends RequestFacts {
  /** Whether bytes came or went, or its state changed, between the looks. */
  readonly moved: boolean;
  /** How long it is known to have waited, in ms. */
  readonly waitedMs: number;
  readonly socket: SocketView | null;
  /** The program's code that waits for it, as frames, the nearest first. */
  readonly stack: readonly string[];
}

/** A process that has not answered by then is in native code: what is known from outside is reported. */
const openMs = 1300;
/** One whose inspector has opened may have little CPU. */
const answerMs = 5000;
/** A snapshot that a thread writes itself takes about as much memory there again. */
const maxHeapWithin = 100 * 2 ** 20;

/**
 * Looks into a process twice and leaves it as it was. Never waits for a thread that does not answer.
 * @throws InspectorRefused with `gone` where there is no such process.
 */
export async function lookInto(options: LookOptions): Promise<Look> {
  const { pid } = options;
  const first = kernelNow(pid);
  if (first !== null && first.threads.length > 0) options.onBegin?.(looksAt(pid));
  const startedAt = performance.now();
  const blockage = first === null || !isNode(pid) ? null : await sameForAWhile(pid, first.threads);
  if (blockage !== null && first !== null)
    return blockedOutside(pid, first, blockage, performance.now() - startedAt);
  let inspected: InspectedProcess;
  const openedAt = performance.now();
  try {
    if (isPython(pid)) return pythonLook(options, first, await lookIntoPython(options));
    inspected = await inspectProcess(pid, { openMs, answerMs });
  } catch (error) {
    if (!(error instanceof InspectorRefused) || error.reason === 'gone') throw error;
    if (options.interrupted.aborted) return interruptedLook(pid, first);
    // What took the patience has shown whether anything moved; what was refused at once has not.
    const left = 300 - (performance.now() - startedAt);
    if (left > 0) await sleep(left);
    return fromOutside(pid, first, error, performance.now() - startedAt);
  }
  return lookWith(inspected, first, { ...options, openingMs: performance.now() - openedAt });
}

/** Python lets itself be looked into from 3.14 on; an older one is seen from outside. */
function looksAt(pid: number): 1 | 2 | null {
  if (!isPython(pid)) return 2;
  const [, major, minor] = /(\d+)\.(\d+)[^/]*$/.exec(readExecutable(pid)) ?? [];
  if (major === undefined) return null;
  return Number(major) === 3 && Number(minor) < 14 ? 1 : 2;
}

function interruptedLook(pid: number, first: KernelNow | null): Look {
  const refused = new InspectorRefused('no-answer', 'the look was interrupted');
  return { ...fromOutside(pid, first, refused, 0), blockage: null, cutShort: true };
}

function pythonLook({ pid }: LookOptions, first: KernelNow | null, python: PythonLook): Look {
  return {
    pid,
    spanMs: python.spanMs,
    cutShort: false,
    threads: [],
    kernel: kernelView(pid, first, first),
    blockage: null,
    refused: null,
    pauses: { ...noPauses, longestMs: python.pauseMs },
    blindSpots: python.blindSpots,
    python,
  };
}

/** How long a blockage has to last until its process is not disturbed, in ms. */
const blockedMs = 1000;

async function sameForAWhile(pid: number, threads: readonly KernelThread[]): Promise<Blockage | null> {
  if (blockageOf(pid, threads) === null) return null;
  await sleep(blockedMs);
  return lastingBlockage(pid, threads);
}

function blockedOutside(pid: number, first: KernelNow, blockage: Blockage, spanMs: number): Look {
  const text = 'the main thread is blocked outside JavaScript, where its inspector can’t be reached';
  const refused = new InspectorRefused('no-answer', text);
  return { ...fromOutside(pid, first, refused, spanMs), blockage };
}

function fromOutside(pid: number, first: KernelNow | null, refused: InspectorRefused, spanMs: number): Look {
  return {
    pid,
    spanMs,
    cutShort: false,
    threads: [],
    kernel: kernelView(pid, first, first),
    blockage:
      refused.reason === 'no-answer' &&
      first !== null &&
      mainIsBusy(pid, first.threads, readThreads(pid), spanMs)
        ? { kind: 'cpu' }
        : null,
    refused: { reason: refused.reason, text: refused.message },
    pauses: noPauses,
    blindSpots: [
      `${refused.message}: requests, awaits and timers were not seen`,
      ...(hasProc() ? [] : ['this system has no /proc: threads and sockets were not seen']),
    ],
    python: null,
  };
}

/** A thread at the first look. */
interface First {
  readonly thread: InspectedThread;
  readonly stack: readonly string[];
  readonly seen: Remembered | null;
  readonly awaits: readonly PendingAwait[];
  /** Places of awaits that were not asked about. */
  readonly left: number;
  readonly heap: HeapFacts | null;
  readonly ready: readonly ReadyCallback[];
  readonly places: ReadonlyMap<number, RequestPlace>;
  readonly queues: readonly StuckQueue[];
}

/** The same, and for how long that kept it from its work. */
interface Held extends First {
  /** Whether its loop ran before that. */
  readonly ran: boolean;
  readonly heldMs: number;
}

/** What only a heap says. */
const unseen = {
  awaits: [],
  left: 0,
  heap: null,
  ready: [],
  places: new Map<number, RequestPlace>(),
  queues: [],
} as const;

async function lookWith(
  inspected: InspectedProcess,
  kernel: KernelNow | null,
  options: LookOptions & { readonly openingMs: number },
): Promise<Look> {
  const watch = new PauseWatch(options.openingMs);
  const blindSpots: string[] = [];
  let threads: readonly LookedThread[] = [];
  let view: KernelView | null = null;
  let spanMs = 0;
  let cutShort = false;
  try {
    // One after the other: a worker is reached through main, which is busy while it writes its heap.
    const threadIds = new Set(inspected.threads.map(({ id }) => id));
    const firsts: Held[] = [];
    for (const thread of inspected.threads.toReversed()) {
      if (options.interrupted.aborted) break;
      const before = watch.allMs;
      const first = await lookFirst(watch.over(thread), { ...options, threadIds, watch }, blindSpots);
      firsts.unshift({ ...first, heldMs: watch.allMs - before });
    }
    for (const { thread, left } of firsts) {
      if (left > 0)
        blindSpots.push(
          `${thread.name} waits at ${left} more places, which were not asked about: its heap is large`,
        );
    }
    const between = kernelNow(options.pid);
    const from = performance.now();
    await sleep(options.intervalMs, undefined, { signal: options.interrupted }).catch(() => {});
    cutShort = options.interrupted.aborted;
    view = kernelView(options.pid, between, kernel, (socket) => isOfLook(socket, inspected));
    spanMs = performance.now() - from;
    const sockets = view?.sockets ?? [];
    const again: LookedThread[] = [];
    for (const first of firsts) {
      const looked = await lookAgain(first, sockets, from);
      const thread = cutShort ? { ...looked, ...atFirst(first) } : looked;
      again.push({ ...thread, channels: unreadChannels(options.pid, thread, blindSpots) });
    }
    threads = again;
  } finally {
    for (const thread of inspected.threads) await converse(watch.over(thread), release()).catch(() => {});
    const closed = await inspected.close();
    if (!closed)
      blindSpots.push(
        'its inspector could not be closed again: it listens on loopback until the process ends',
      );
  }
  if (kernel === null)
    blindSpots.push(
      'this system has no /proc: what the kernel knows of its threads and sockets was not seen',
    );
  return {
    pid: options.pid,
    spanMs,
    cutShort,
    threads,
    kernel: view,
    blockage: null,
    refused: hasProc() && readStatus(options.pid) === null ? endedMeanwhile : null,
    pauses: watch.pauses(),
    blindSpots,
    python: null,
  };
}

/** The look's connection to the inspector, and the port of that where the look has opened it. */
function isOfLook({ localPort, state }: KernelSocket, { port, wasOpen }: InspectedProcess): boolean {
  return localPort === port && !(wasOpen && state === 'listening');
}

/** Whether its loop runs takes two glances. */
function atFirst({ stack }: First): Pick<LookedThread, 'state' | 'stack'> {
  return { state: 'unknown', stack };
}

const endedMeanwhile = { reason: 'gone', text: 'the process ended while it was looked at' } as const;

async function lookFirst(
  thread: InspectedThread,
  {
    maxHeapBytes,
    threadIds,
    watch,
  }: LookOptions & { readonly threadIds: ReadonlySet<number>; readonly watch: PauseWatch },
  blindSpots: string[],
): Promise<Omit<Held, 'heldMs'>> {
  const stack = await converse(thread, glance()).catch(() => null);
  if (stack === null) {
    blindSpots.push(`${thread.name} does not answer: it is in native code`);
    return { thread, stack: [], seen: null, ran: false, ...unseen };
  }
  const seen = await converse(thread, see(null)).catch(() => null);
  const without = { thread, stack, seen, ran: false, ...unseen };
  if (seen === null) {
    blindSpots.push(`the requests of ${thread.name} could not be read`);
    return without;
  }
  const { heapBytes } = seen.facts;
  const known = { thread, stack, seen, threadIds, heldMs: watch.allMs, blindSpots };
  // A thread whose loop is parked or blocked has to be asked to write the snapshot itself.
  const runs = stack.length === 0 || (await loopRuns(thread, seen.facts));
  const tooLarge =
    heapBytes > maxHeapBytes
      ? `above --max-heap: ${unlooked}, since reading it may stop the thread for ${showMs(mb(heapBytes) * msPerMb)}; --max-heap ${mb(heapBytes * 1.2) + 1}MB overrides that`
      : !runs && heapBytes > maxHeapWithin
        ? `and its loop does not run: ${unlooked}, since it would have to hold a copy`
        : null;
  if (tooLarge !== null) {
    blindSpots.push(`the heap of ${thread.name} has ${mb(heapBytes)} MB, ${tooLarge}`);
    return { ...without, ran: runs };
  }
  const first = await lookIntoHeap(known, runs ? takeHeapGraph : takeHeapGraphWithin).catch(() => null);
  return { ...(first ?? (runs ? withoutHeap(without, blindSpots) : without)), ran: runs };
}

const unlooked = 'its awaits and timers were not looked at';
/** That a thread under load is stopped for a heap of small objects, as measured by test/benchmark/look-under-load.mjs. */
const msPerMb = 100;

function withoutHeap(first: First, blindSpots: string[]): First {
  blindSpots.push(`the heap of ${first.thread.name} could not be read: its awaits and timers were not seen`);
  return first;
}

function mb(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

async function loopRuns(thread: InspectedThread, before: ThreadFacts): Promise<boolean> {
  await sleep(100);
  const again = await converse(thread, see(null)).catch(() => null);
  return again !== null && hasRun(before, again.facts);
}

function hasRun(before: ThreadFacts, after: ThreadFacts): boolean {
  return before.loopCount !== null && after.loopCount !== null
    ? after.loopCount !== before.loopCount
    : after.idleMs !== before.idleMs;
}

interface Known extends Pick<First, 'thread' | 'stack'> {
  readonly seen: Remembered;
  /** Of the process's threads. */
  readonly threadIds: ReadonlySet<number>;
  /** For how long the look had kept the thread from its work until then. */
  readonly heldMs: number;
  readonly blindSpots: string[];
}

function unseenTimers({ name }: InspectedThread, listed: ListedTimers | null): readonly string[] {
  if (listed === null) return [`the timers of ${name} could not be read`];
  return listed.left === 0 ? [] : [`${name} has ${listed.left} more timers, which are due later`];
}

async function lookIntoHeap(
  { thread, stack, seen, threadIds, heldMs, blindSpots }: Known,
  takeGraph: () => Conversation<HeapGraph>,
): Promise<First> {
  // Before the snapshot: what is due while that stops the thread was not late.
  const listed = await converse(thread, listTimers()).catch(() => null);
  const graph = await converse(thread, takeGraph());
  const timers = listed === null ? [] : await converse(thread, identifyTimers(listed));
  blindSpots.push(...unseenTimers(thread, listed));
  const facts = heapFacts(graph, { nowMs: seen.facts.nowMs, timers, heldMs });
  const heap = { ...facts, unread: await converse(thread, withoutShutdownMessages(facts.unread, threadIds)) };
  const isWhole = !(await converse(thread, holdsOtherClients(seen, graph)).catch(() => true));
  const more = isWhole ? seen : await converse(thread, seeEmitters(seen)).catch(() => seen);
  const places = await converse(thread, requestPlaces(more, graph)).catch(() => unseen.places);
  const ready = stack.length === 0 ? [] : await converse(thread, readyCallbacks(graph));
  const found = await converse(thread, lookAtAwaits(graph, ownFiles(graph)));
  const { awaits, left } = found;
  const queues = queuesOf(graph, found);
  return { thread, stack, seen: more, awaits, left, heap, ready, places, queues };
}

/**
 * What has come while the look held a thread up is worked off in one turn of its loop, which may last: that long it is
 * given to come round.
 */
async function untilItHasRun({ thread, seen, ran, heldMs }: Held): Promise<void> {
  if (seen === null || !ran) return;
  await hasCaughtUp(async () => {
    const now = await converse(thread, see(null)).catch(() => null);
    return now === null || hasRun(seen.facts, now.facts);
  }, heldMs);
}

async function lookAgain(
  first: Held,
  sockets: readonly SocketView[],
  from: number,
): Promise<Omit<LookedThread, 'channels'>> {
  const { thread, seen, heap, ready } = first;
  const { id, name, isMain } = thread;
  await untilItHasRun(first);
  const spanMs = performance.now() - from;
  const stack = seen === null ? null : await converse(thread, glance()).catch(() => null);
  const again = seen === null ? null : await converse(thread, see(seen)).catch(() => null);
  const awaits: PendingAwait[] = [];
  for (const pending of first.awaits) {
    if (await converse(thread, stillWaits(pending)).catch(() => true)) awaits.push(pending);
  }
  const loop = loopOf(first, stack, again?.facts ?? null);
  return {
    id,
    name,
    isMain,
    ...loop,
    ready: loop.state === 'running' ? [] : ready,
    ahead: loop.state === 'blocked' ? await converse(thread, codeAhead(loop.stack)).catch(() => []) : [],
    facts: again?.facts ?? seen?.facts ?? null,
    requests: requestsAtBoth(seen?.facts ?? null, again?.facts ?? null, sockets, spanMs).map((request) => ({
      ...request,
      stack: stackOf(request, first, awaits),
    })),
    begun: begunBetween(seen?.facts ?? null, again?.facts ?? null),
    awaits,
    heap,
    queues: first.queues,
  };
}

function unreadChannels(
  pid: number,
  { state, facts }: Pick<LookedThread, 'state' | 'facts'>,
  blindSpots: string[],
): readonly UnreadChannel[] {
  const channels = facts?.channels ?? [];
  if (state === 'running' || channels.length === 0 || !hasProc()) return [];
  const unread = readLocalUnread(
    pid,
    channels.map(({ fd }) => fd),
  );
  if (unread === null)
    blindSpots.push('messages between processes were not seen: ss (of iproute2) is not installed');
  return channels.flatMap((channel) => {
    const bytes = unread?.get(channel.fd) ?? 0;
    return bytes === 0 ? [] : [{ ...channel, unread: bytes }];
  });
}

function loopOf(
  { seen, stack: before }: First,
  after: readonly string[] | null,
  facts: ThreadFacts | null,
): Pick<LookedThread, 'state' | 'stack'> {
  if (after === null || facts === null || seen === null) return { state: 'unknown', stack: before };
  // Promise callbacks that follow one another without end leave no frame. A loop at rest is woken by each question.
  const isSeenInside = (before.length > 0 && after.length > 0) || facts.loopCount !== null;
  if (!isSeenInside || hasRun(seen.facts, facts)) return { state: 'running', stack: [] };
  const parked = after[0]?.startsWith('Atomics.wait') === true;
  return {
    state: parked ? 'parked' : 'blocked',
    stack: after.filter((frame) => !frame.startsWith('Atomics.wait')),
  };
}

/** The program's own frames first. */
function stackOf(
  { key }: RequestFacts,
  { places }: First,
  awaits: readonly PendingAwait[],
): readonly string[] {
  const { ids = [], listeners = [] } = places.get(key) ?? {};
  const waiting = awaits.filter(({ holderIds }) => holderIds.some((id) => ids.includes(id)));
  const chains = waiting.flatMap(({ chain }) => chain.map(placeText));
  return ownFirst([...new Set([...listeners, ...chains])]).slice(0, stackKept);
}

const stackKept = 8;

function begunBetween(before: ThreadFacts | null, after: ThreadFacts | null): readonly RequestFacts[] {
  const known = new Set(before?.requests.map(({ key }) => key));
  return (after?.requests ?? []).filter(({ key }) => !known.has(key));
}

function requestsAtBoth(
  before: ThreadFacts | null,
  after: ThreadFacts | null,
  sockets: readonly SocketView[],
  spanMs: number,
): readonly Omit<LookedRequest, 'stack'>[] {
  return (after?.requests ?? []).flatMap((request) => {
    const earlier = before?.requests.find(({ key }) => key === request.key);
    if (earlier === undefined) return [];
    const socket = request.fd === null ? null : (sockets.find(({ fd }) => fd === request.fd) ?? null);
    const moved =
      earlier.state !== request.state ||
      earlier.bytesRead !== request.bytesRead ||
      earlier.bytesWritten !== request.bytesWritten ||
      (earlier.fd === request.fd && socket?.moved === true);
    return [{ ...request, moved, waitedMs: spanMs, socket }];
  });
}
