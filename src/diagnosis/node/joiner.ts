// One file, however long: a handler for each event, all of which change what is being joined.

import { basename } from 'node:path';
import { showMs } from '../../time/show-ms.ts';
import type { SuspendedBetween } from '../collect/process-samples.ts';
import type { RequestStart } from '../collect/request.ts';
import { RequestLedger } from '../collect/request-ledger.ts';
import type {
  BlindSpot,
  CaughtOnTheWay,
  ClockMoves,
  Deadline,
  EscapedError,
  FruitlessCallback,
  KilledChild,
  LateCall,
  LeftUndone,
  LostPost,
  ObservationEnd,
  Overflow,
  PoolWait,
  ProgramRecord,
  RefusedJob,
  RequestRecord,
  Standstill,
  Suspension,
  SwallowedError,
} from '../record.ts';
import { asksForNews } from '../source/asks-for-news.ts';
import { bodyParserBefore } from '../source/body-parsers.ts';
import { importOf } from '../source/import-of.ts';
import {
  fileSends,
  leadsToRequest,
  onlyLogs,
  remembering,
  sleepsBeforeRequest,
} from '../source/leading-line.ts';
import { laterIterationSucceeded } from '../source/next-round.ts';
import { isMadeOnlyInstead } from '../source/only-instead.ts';
import {
  orByCallOf,
  packageThatCatches,
  placeBrokenOffBefore,
  placeThatCatches,
  placeThatOnlyLogs,
  placeThatSilences,
  placeThatSilencesRefusal,
  silentPlaceBehind,
  silentPlaceFrom,
} from '../source/placed-catch.ts';
import { goesOnToSendBehind } from '../source/rest-behind.ts';
import { sendingPlaces } from '../source/sending-places.ts';
import { sleepsOnItsWay } from '../source/sends-behind.ts';
import { DroppedJobsLedger } from './dropped-jobs.ts';
import { MessageLedger } from './message-ledger.ts';
import { NotificationSenders } from './notification-senders.ts';
import { placeThatGoesOnWithout } from './passed-over.ts';
import type { EventName, EventOf } from './protocol.ts';
import { ReplacedReaders } from './replaced-readers.ts';
import { replacedSenders } from './replaced-senders.ts';
import { refusalIn } from './response-body.ts';
import { endsOtherRequests } from './shared-abort.ts';
import { closeStandstill, loopRan, loopResumed, stopped, timersToSend } from './standstills.ts';
import { type Child, Thread } from './thread.ts';
import { unreachableFrom } from './unreachable.ts';
import { watchedFilesOf } from './watched-files.ts';
import { wayBehindPost } from './way-behind-post.ts';

const kept = 500;

type Handlers = { readonly [Name in EventName]: (thread: Thread, event: EventOf<Name>) => void };

/** Joins the events of all threads into one record, in memory that does not grow with their number. */
export class Joiner {
  readonly #threads = new Map<string, Thread>();
  readonly #requests: RequestLedger;
  readonly #messages = new MessageLedger((key) => this.#threads.get(key));
  readonly #errors: EscapedError[] = [];
  readonly #senders = new NotificationSenders();
  readonly #overflows: Overflow[] = [];
  readonly #swallowed: Swallowed[] = [];
  readonly #replacedReaders = new ReplacedReaders();
  readonly #refusals: RefusedJob[] = [];
  readonly #droppedJobs = new DroppedJobsLedger();
  readonly #lateCalls: LateCall[] = [];
  readonly #unsubscribed: LostPost[] = [];
  readonly #poolWaits = new Map<number, PoolWait[]>();
  readonly #handlers: Handlers;
  readonly #command: readonly string[];

  constructor(isRelevant: (url: string) => boolean, command: readonly string[] = []) {
    this.#command = command;
    const requests = new RequestLedger(isRelevant);
    this.#requests = requests;
    this.#handlers = {
      thread: (thread, event) => this.#threadStarted(thread, event),
      beat: (thread, { t, wakeable, isQuiet, hasRepeatingTimer }) => {
        thread.wakeable = wakeable;
        thread.isQuiet = isQuiet === true;
        thread.hasRepeatingTimer = hasRepeatingTimer === true;
        loopRan(thread, t);
      },
      stack: (thread, { id, frames }) => thread.learnStack(id, frames),
      request: (thread, event) => {
        if (event.stack !== null) thread.startedFrom.set(event.stack, event.t);
        requests.start(thread, startOf(thread, event, this.#senders));
      },
      count: (thread, event) => {
        thread.isCounted = true;
        requests.count(thread, event);
      },
      state: (thread, { r, s, t }) => requests.enter(thread, r, s, t),
      body: (thread, { r, body, waitMs }) => requests.learnBody(thread, r, body, waitMs),
      headers: (thread, event) => requests.headers(thread, event),
      line: (thread, { r, open }) => requests.learnLine(thread, r, open),
      reply: (thread, event) => requests.refuse(thread, event.r, refusalIn(event)),
      end: (thread, { r, t }) => requests.end(thread, r, t),
      fail: (thread, { r, t, by, code, message, s, tries = [], closedAt }) => {
        const givenUp = by === 'deadline' ? givenUpIn(thread.pending.get(r)) : null;
        requests.fail(thread, r, t, {
          by,
          code,
          message,
          state: s,
          tries,
          ...(closedAt === undefined ? {} : { closedAt }),
        });
        if (givenUp !== null) requests.giveUp(thread, r, givenUp);
      },
      superseded: (thread, { r }) => requests.supersede(thread, r),
      restated: (thread, { r, later }) => requests.restate(thread, r, later, isMadeOnlyInstead),
      proxy: (thread, { r, proxy }) => requests.learnProxy(thread, r, proxy),
      mocked: (thread, { r, by }) => requests.intercept(thread, r, by),
      'fake-fetch': (thread, { t, client, by, stack }) => {
        if (thread.fakeFetches.length < kept)
          thread.fakeFetches.push({
            at: t,
            client,
            by,
            stack: thread.stack(stack),
            requestsBefore: thread.requests,
          });
      },
      clock: (thread, { t, by, stack }) => {
        thread.clock =
          by === null ? null : { at: t, by, stack: thread.stack(stack), timersSet: [], moves: null };
      },
      'fake-timer': (thread, { t, name, stack }) => {
        thread.clock?.timersSet.push({ at: t, name, stack: thread.stack(stack) });
      },
      'fake-clock': ({ clock }, { t, what }) => {
        if (clock !== null) clock.moves = movesAfter(clock.moves, what, t);
      },
      connection: (thread, { t, id, address, own, stack }) =>
        thread.connections.set(id, { t, address, own, stack, state: 'opening', since: t, failure: null }),
      'connection-state': (thread, { t, id, state, failure }) => {
        const known = thread.connections.get(id);
        if (known !== undefined) Object.assign(known, { state, since: t, failure });
      },
      listen: (thread, { port }) => {
        if (thread.listensOn.length < kept) thread.listensOn.push(port);
      },
      'server-sends': (thread, { port, sends }) => {
        if (!sends) thread.sendsWhenAskedOn.delete(port);
        else if (thread.sendsWhenAskedOn.size < kept) thread.sendsWhenAskedOn.add(port);
      },
      child: (thread, { t, pid, file, stack }) => {
        if (thread.children.length < kept)
          thread.children.push({ t, pid, file, stack, connects: null, kills: [], endedBy: null });
      },
      'stop-command': (thread, event) => {
        if (thread.stopCommands.length < kept) thread.stopCommands.push(event);
      },
      'unheard-signal': (thread, { signal, stack }) => {
        if (thread.unheardSignals.length < kept)
          thread.unheardSignals.push({ signal, stack: thread.stack(stack) });
      },
      'child-kill': (thread, event) => {
        const child = thread.children.find(({ pid }) => pid === event.pid);
        if (child !== undefined && child.kills.length < kept) child.kills.push(event);
      },
      'child-exit': (thread, { pid, signal }) => {
        const child = thread.children.find((one) => one.pid === pid);
        if (child !== undefined) child.endedBy = signal;
      },
      'child-output': (thread, { t, pid, full }) => {
        const others = thread.fullOutputs.filter((output) => output.pid !== pid);
        const child = thread.children.find((one) => one.pid === pid);
        thread.fullOutputs =
          full === null || child === undefined
            ? others
            : [
                ...others,
                { since: t, pid, file: child.file, output: full, stack: thread.stack(child.stack) },
              ];
      },
      awaits: (thread, { t, until, when, awaits, queues = [], unsent = [], stalled = [] }) => {
        thread.awaits = {
          at: t,
          when,
          pending: awaits?.filter(({ isReady }) => isReady !== true) ?? null,
          ready: awaits?.filter(({ isReady }) => isReady === true) ?? [],
          queues,
          unsent,
          stalled,
        };
        // The program's code did not block the loop meanwhile, the look did.
        thread.loopRanAt = Math.max(thread.loopRanAt, until);
      },
      short: (thread, { r, t, announced, written }) => {
        const readAt = written === 0 ? bodyParserBefore(thread.pending.get(r)?.stack ?? []) : null;
        const bytes = { at: t, announced, written, producer: null };
        requests.learnBytes(thread, r, readAt === null ? bytes : { ...bytes, readAt });
      },
      'worker-error': (thread, { tid, code, message, limits }) => {
        this.#workerOf(thread, tid).fatalError = { code, message, limits };
      },
      'loop-stopped': (thread, event) => stopped(thread, event),
      'loop-resumed': loopResumed,
      worker: (thread, { tid, name, ports }) => {
        const worker = this.#workerOf(thread, tid);
        worker.parent = thread;
        worker.name = name;
        worker.isMain = false;
        this.#messages.portsGiven(worker, ports);
      },
      'worker-exit': (thread, { tid, t, code }) => workerEnded(this.#workerOf(thread, tid), t, code),
      terminate: (thread, { t, tid, stack }) => {
        const worker = this.#workerOf(thread, tid);
        worker.terminated = thread.stack(stack);
        worker.terminatedAt ??= t;
      },
      'exit-call': (thread, { stack, readsFiles = false }) => {
        thread.exitCall = { stack: thread.stack(stack), readsFiles };
      },
      exit: threadEnded,
      notifies: (thread, event) => this.#senders.sends(thread, event),
      uncaught: (thread, event) => this.#errorEscaped(thread, event),
      post: (thread, event) => {
        if (event.own) {
          thread.justPosted = event.stack;
          thread.lastPost = event;
        }
        this.#messages.posted(thread, event);
        this.#replacedReaders.posted(thread, event);
      },
      reads: (thread, event) => {
        thread.hasListened ||= event.reading;
        this.#messages.reads(thread, event);
      },
      'channel-sender': (thread, event) => this.#messages.sendsFor(thread, event),
      taken: (thread, event) => this.#messages.taken(thread, event),
      dropped: (thread, event) => this.#messages.dropped(thread, event),
      unheard: (thread, event) => this.#messages.unheard(thread, event),
      unreadable: (thread, event) => this.#messages.unreadable(thread, event),
      'read-once': (thread, event) => this.#messages.readOnce(thread, event),
      unanswered: (thread, event) => this.#messages.unanswered(thread, event),
      moved: (_thread, event) => this.#messages.moved(event),
      'timer-set': (thread, event) => {
        if (!event.isSleep || leadsOn(thread.stack(event.stack))) thread.timersSet.set(event.id, event);
      },
      'timer-gone': (thread, { id }) => thread.timersSet.delete(id),
      'callback-fruitless': (thread, event) => {
        const known = thread.fruitlessCallbacks;
        if (known.size < kept || known.has(event.id)) known.set(event.id, event);
      },
      'jobs-dropped': (thread, event) => this.#droppedJobs.dropped(thread, event),
      swallowed: (thread, event) => {
        const { t, seenAt, error, frames, takenAt, mayBeReplaced, inTest } = event;
        const silencedAt = placeThatSilences(frames, takenAt) ?? placeThatSilencesRefusal(error, takenAt);
        const leads = silencedAt !== null || leadsToRequest(frames);
        const found = {
          thread,
          at: t,
          seenAt,
          error,
          frames,
          leads,
          caught: null,
          silencedAt,
          mayBeReplaced,
          ...(inTest === true ? { inTest } : {}),
        };
        if (leads) this.#swallow(found);
        if (silencedAt === null) this.#droppedJobs.rejected(thread, event);
      },
      caught: (thread, { t, error, frames, emittedAt, skips, inTest }) => {
        const skippedAt = emittedAt === undefined ? null : silentPlaceFrom(emittedAt, frames);
        const silencedAt = placeThatCatches(frames, orByCallOf(thread.senders())) ?? skippedAt;
        const mistake = silencedAt === null && isMistake(error);
        const caughtBy = mistake ? packageThatCatches(frames) : null;
        const loggedAt = mistake ? placeThatOnlyLogs(frames, orByCallOf(thread.senders())) : null;
        const origin = { thread, at: t, seenAt: t, ...(inTest === true ? { inTest } : {}) };
        const found = { ...origin, error, frames, leads: true, caught: null, silencedAt };
        if (skippedAt !== null && skips !== undefined)
          this.#swallow({ ...found, skips, mayBeReplaced: true });
        else if (silencedAt !== null) this.#swallow({ ...found, mayBeReplaced: true });
        else if (caughtBy !== null) this.#swallow({ ...found, caughtBy, mayBeReplaced: false });
        else if (loggedAt !== null) this.#swallow({ ...found, loggedAt, mayBeReplaced: false });
        if (silencedAt === null && thread.caught.length < kept) thread.caught.push({ t, error, frames });
      },
      'heap-full': (thread, { usedBytes }) => {
        thread.fullHeapBytes = usedBytes;
      },
      refused: (thread, { t, scheduler, spec, why, sendsOtherwise, stack }) => {
        if (this.#refusals.length >= kept) return;
        this.#refusals.push({
          thread,
          at: t,
          scheduler,
          spec,
          why,
          sendsOtherwise,
          stack: thread.stack(stack),
        });
      },
      'too-late': (thread, { t, origin, path, ms, stack, abortedAt = null, closedAt = null }) => {
        if (this.#lateCalls.length >= kept || (abortedAt !== null && !endsOtherRequests(abortedAt))) return;
        this.#lateCalls.push({
          thread,
          at: t,
          origin,
          path,
          ms,
          stack: thread.stack(stack),
          abortedAt,
          closedAt,
        });
      },
      unsubscribed: (thread, { t, since, error, frames, stack }) => {
        // Only of one from which requests came.
        if (this.#unsubscribed.length >= kept || (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) < since)
          return;
        const because = `${error}${frames[0] === undefined ? '' : ` at ${frames[0]}`}`;
        this.#unsubscribed.push({
          thread,
          at: t,
          to: 'a Subject',
          work: 'a value',
          why: 'unsubscribed',
          because,
          stack: [...thread.stack(stack), ...frames],
        });
      },
      'left-undone': (thread, event) => thread.leftUndone.set(event.id, event),
      'file-watched': (thread, event) => thread.watchedFiles.set(event.id, event),
      'file-unwatched': (thread, { id }) => thread.watchedFiles.delete(id),
      'on-demand': (thread) => {
        thread.sendsOnDemand = true;
      },
      'done-after-all': (thread, { id }) => thread.leftUndone.delete(id),
      'callback-fruitful': (thread, { id }) => thread.fruitlessCallbacks.delete(id),
      overflow: (thread, { t, delayMs, frames }) => {
        if (this.#overflows.length < kept) this.#overflows.push({ thread, at: t, delayMs, frames });
      },
      pool: ({ pid }, event) => this.#poolProbed(pid, event),
    };
  }

  get threads(): Iterable<Thread> {
    return this.#threads.values();
  }

  /** What is of a kind that is not known here says nothing. */
  add<Name extends EventName>(threadKey: string, event: EventOf<Name>): void {
    if (!Object.hasOwn(this.#handlers, event.e)) return;
    const thread = this.#thread(threadKey);
    if (event.e !== 'stack') thread.justPosted = null;
    this.#handlers[event.e](thread, event);
  }

  /** The process with this id is gone, and its threads with it. */
  processGone(pid: number, at: number, code: number | null): void {
    const main = this.#threads.get(`${pid}.0`);
    // A top-level await that is pending turns 0 into 13 after all `exit` listeners.
    if (main?.end?.reason === 'natural' && code !== null) main.end = { ...main.end, code };
    this.#endWithParents();
    for (const thread of this.#threads.values()) {
      if (thread.pid !== pid || thread.end !== null) continue;
      thread.end =
        main?.end != null
          ? { ...main.end, reason: 'process-ended' }
          : { at, reason: thread.isMain ? 'killed' : 'process-ended', code, stack: [] };
    }
  }

  /** The record as it stands at `end`. */
  finish(
    end: ObservationEnd,
    suspended: SuspendedBetween = () => null,
    memoryBytes: (pid: number) => number | null = () => null,
  ): ProgramRecord {
    const threads = [...this.#threads.values()];
    this.#endWithParents();
    for (const thread of threads) {
      const main = this.#threads.get(`${thread.pid}.0`);
      if (thread.end === null && main?.end != null) thread.end = { ...main.end, reason: 'process-ended' };
    }
    for (const thread of threads) {
      closeStandstill(thread, thread.end?.at ?? end.at, true);
      thread.timersToSend = timersToSend(thread);
      thread.wayBehindPost = wayBehindPost(thread);
      setSuspensionsApart(thread, threads, suspended);
    }
    const unsettled = threads.flatMap((thread) => [...thread.pending.values()]);
    return {
      runtime: 'node',
      threads,
      requests: [...unsettled, ...this.#requests.ended],
      started: this.#requests.started,
      succeeded: this.#requests.succeeded,
      errors: this.#errors,
      overflows: this.#overflows,
      replaced: replacedSenders(threads),
      replacedReaders: this.#replacedReaders.found(threads),
      lostPosts: [...this.#messages.lostPosts(), ...this.#unsubscribed],
      leftPosts: this.#messages.leftPosts(),
      unansweredPosts: this.#messages.unansweredPosts(),
      unhandled: this.#messages.unhandled(),
      swallowed: this.#swallowed.filter((one) => !isMadeUpFor(one)),
      refusedJobs: this.#refusals,
      droppedJobs: this.#droppedJobs.found(threads, (thread) => this.#messages.takenBy(thread)),
      lateCalls: this.#lateCalls,
      leftUndone: threads.flatMap(leftUndoneIn),
      sendingPlaces: this.#requests.started > 0 ? [] : sendingPlacesOf(threads),
      watchedFiles: this.#requests.started > 0 ? [] : threads.flatMap(watchedFilesOf),
      fruitlessCallbacks: threads.flatMap((thread) => fruitlessCallbacksOf(thread, end, threads)),
      periodsWithoutResponses: this.#requests.periodsWithoutResponses,
      blindSpots: threads.flatMap((thread) => this.#blindSpotsOf(thread)),
      unreachable: threads.flatMap(unreachableFrom),
      killedChildren: threads.flatMap((thread) => this.#killedChildrenOf(thread)),
      unmatched: this.#requests.unmatched,
      command: this.#command,
      unstarted: [],
      unwoken: [],
      losses: [],
      places: [],
      unfollowed: [],
      memory: memoryOf(threads, memoryBytes),
      poolWaits: [...this.#poolWaits.values()].flat(),
      end,
    };
  }

  /** Processes that were started and in which the probe was not loaded. */
  get unfollowedChildren(): readonly Child[] {
    return [...this.#threads.values()]
      .flatMap(({ children }) => children)
      .filter(({ pid }) => !this.#threads.has(`${pid}.0`));
  }

  #killedChildrenOf(parent: Thread): readonly KilledChild[] {
    if (parent.isLauncher) return [];
    return parent.children.flatMap(({ pid, stack, kills, endedBy }) => {
      const child = this.#threads.get(`${pid}.0`);
      const kill = kills.find(({ signal }) => !stopSignals.has(signal)) ?? null;
      // One that was killed as its parent went is heard of by nobody.
      const signal = endedBy ?? (parent.end === null ? null : (kill?.signal ?? null));
      if (child?.end?.reason !== 'killed' || signal === null) return [];
      const killer = kill === null ? null : { by: kill.by, stack: parent.stack(kill.stack) };
      return [{ parent, child, signal, sends: fileSends(child.file), killer, stack: parent.stack(stack) }];
    });
  }

  #blindSpotsOf(thread: Thread): readonly BlindSpot[] {
    if (thread.isLauncher) return [];
    const connections = [...thread.connections.values()].map(
      (one): BlindSpot => ({
        kind: 'connection',
        thread,
        what: `a connection to ${one.address}`,
        at: one.t,
        stack: thread.stack(one.stack),
        own: one.own,
        waitsSince: one.state === 'waiting' ? one.since : null,
        mayHaveSent: true,
      }),
    );
    const processes = thread.children
      .filter(({ pid }) => !this.#threads.has(`${pid}.0`))
      .map(
        (child): BlindSpot => ({
          kind: 'process',
          thread,
          what: `process ${child.pid} (${child.file})`,
          at: child.t,
          stack: thread.stack(child.stack),
          own: true,
          waitsSince: null,
          mayHaveSent: child.connects === true || isSender(child.file),
        }),
      );
    return [...connections, ...processes];
  }

  /** What the record would be if the observation ended now; it goes on as if nobody had asked. */
  provisionally<Result>(
    end: ObservationEnd,
    suspended: SuspendedBetween,
    read: (record: ProgramRecord) => Result,
  ): Result {
    const kept = [...this.#threads.values()].map((thread) => ({
      thread,
      end: thread.end,
      standstills: thread.standstills,
      suspensions: thread.suspensions,
    }));
    for (const { thread, standstills } of kept) thread.standstills = [...standstills];
    try {
      return read(this.finish(end, suspended));
    } finally {
      for (const { thread, ...before } of kept) Object.assign(thread, before);
    }
  }

  /** Lets go of what ended before the moment given: a program may be followed for weeks. */
  dropEnded(before: number): void {
    this.#requests.dropEnded(before);
  }

  /** Node ends the workers of a worker with it, and nobody is left to report their end. */
  #endWithParents(): void {
    // A worker is known after its parent.
    for (const thread of this.#threads.values()) {
      const { parent } = thread;
      if (thread.end !== null || parent === null || parent.isMain || parent.end === null) continue;
      if (parent.end.reason !== 'process-ended') thread.end = { ...parent.end, reason: 'parent-ended' };
    }
  }

  #thread(key: string): Thread {
    const known = this.#threads.get(key);
    if (known !== undefined) return known;
    const thread = new Thread(key);
    this.#threads.set(key, thread);
    return thread;
  }

  /** Each promise on the way of an error to its end is rejected with it: the one that is known to be silenced stands for all. */
  #swallow(found: Swallowed): void {
    const isSame = (one: Swallowed) => one.error === found.error && one.frames[0] === found.frames[0];
    const known = this.#swallowed.findIndex((one) => isSame(one) && one.thread === found.thread);
    if (known !== -1 && found.silencedAt !== null && this.#swallowed[known]?.silencedAt === null)
      this.#swallowed[known] = found;
    else if (known === -1 && this.#swallowed.length < kept) this.#swallowed.push(found);
  }

  #workerOf(parent: Thread, tid: number): Thread {
    return this.#thread(`${parent.pid}.${tid}`);
  }

  #threadStarted(
    thread: Thread,
    { isMain, file, t, debugPort, heapLimit, ports, pid, ppid }: EventOf<'thread'>,
  ): void {
    thread.isMain = isMain;
    thread.file = file;
    thread.ppid = ppid;
    thread.inChildProcess = this.#threads.get(`${ppid}.0`)?.isLauncher === false;
    if (thread.name === '') thread.name = isMain ? 'main' : 'worker';
    thread.isLauncher = isLauncher(file);
    thread.startedAt = t;
    thread.loopRanAt = t;
    thread.debugPort = debugPort;
    thread.heapLimit = heapLimit;
    this.#messages.portsTaken(thread, ports);
    if (!isMain) thread.parent ??= this.#threads.get(`${pid}.0`) ?? null;
  }

  #errorEscaped(thread: Thread, event: EventOf<'uncaught'>): void {
    thread.escaped = true;
    const { origin, name, message, inTimer, ofRequest, brokenAt, entry } = event;
    if (this.#errors.length >= kept) return;
    const importedAt = importOf(message);
    const frames = importedAt === null ? event.frames : [importedAt, ...event.frames];
    // Asked of timers only: it reads their files.
    const onlyLogged = inTimer && onlyLogs(frames);
    this.#errors.push({
      thread,
      at: event.t,
      origin,
      name,
      message,
      frames,
      inTimer,
      onlyLogged,
      ofRequest,
      ...(origin === 'unhandledRejection' || !inTimer ? { leads: leadsToRequest(frames) } : {}),
      ...(brokenAt === undefined ? {} : { brokenAt }),
      ...(entry === undefined ? {} : { entry }),
    });
  }

  #poolProbed(pid: number, { t, waitedMs, done }: EventOf<'pool'>): void {
    const waits = this.#poolWaits.get(pid) ?? [];
    this.#poolWaits.set(pid, waits);
    const wait = { pid, from: t - waitedMs, to: t, done, job: null };
    const last = waits.at(-1);
    // The same job, reported again.
    if (last !== undefined && !last.done && Math.abs(last.from - wait.from) < 5)
      waits[waits.length - 1] = wait;
    else if (waits.length < kept) waits.push(wait);
  }
}

const leadsOn = remembering((frames) => sleepsBeforeRequest(frames) || sleepsOnItsWay(frames));

/** Of the first process that is the program itself. */
function memoryOf(
  threads: readonly Thread[],
  memoryBytes: (pid: number) => number | null,
): ProgramRecord['memory'] {
  const main = threads.find(
    ({ isMain, isLauncher, inChildProcess }) => isMain && !isLauncher && !inChildProcess,
  );
  if (main === undefined) return null;
  const isFull = main.fullHeapBytes !== null;
  const usedBytes = main.fullHeapBytes ?? memoryBytes(main.pid);
  return usedBytes === null ? null : { usedBytes, limitBytes: main.heapLimit, isFull };
}

interface FruitlessCallbackHere extends FruitlessCallback {
  readonly thread: Thread;
}

function fruitlessCallbacksOf(
  thread: Thread,
  { at }: ObservationEnd,
  threads: Iterable<Thread>,
): readonly FruitlessCallback[] {
  return [...thread.fruitlessCallbacks.values()]
    .map((event) => ({
      ...event,
      thread,
      stack: thread.stack(event.stack),
      why: caughtOnTheWay(event, thread) ?? event.why,
      goesOn: event.why.kind === 'pending' && thread.end !== null && leadsToRequest(event.why.frames),
    }))
    .filter((callback) => !isLastRound(callback, thread.end?.at ?? at) && !mayBeHandedOn(callback, threads));
}

/** What came to its end without a request may have gone to a broker (Redis, AMQP), from where requests came since. */
function mayBeHandedOn({ thread, why, ranAt }: FruitlessCallbackHere, threads: Iterable<Thread>): boolean {
  if (why.kind !== 'nothing') return false;
  const hasBroker = [...thread.connections.values()].some(
    ({ t, state }) => state === 'answered' && t < ranAt,
  );
  return hasBroker && [...threads].some((any) => any.stacksOfRequestsAfter(ranAt).length > 0);
}

/** Its code has set the timer again, for a round that was due only after the end; those before it have sent. */
function isLastRound(
  { thread, kind, why, stack, sleepsUntil }: FruitlessCallbackHere,
  endedAt: number,
): boolean {
  const [setAt] = stack;
  if (kind !== 'timer' || setAt === undefined || (why.kind !== 'rejected' && why.kind !== 'threw'))
    return false;
  return (
    sleepsUntil >= endedAt &&
    laterIterationSucceeded(why.frames, setAt, thread.stacksOfRequestsAfter(thread.startedAt))
  );
}

interface Swallowed extends SwallowedError {
  readonly thread: Thread;
  readonly seenAt: number;
}

function isMadeUpFor({ thread, seenAt, frames, silencedAt }: Swallowed): boolean {
  return (
    silencedAt !== null && laterIterationSucceeded(frames, silencedAt, thread.stacksOfRequestsAfter(seenAt))
  );
}

/** Of each thread's first file and those that it imports. */
function sendingPlacesOf(threads: readonly Thread[]): readonly string[] {
  const files = new Set(threads.filter(({ isLauncher }) => !isLauncher).map(({ file }) => file));
  return [...files].flatMap(sendingPlaces);
}

function leftUndoneIn(thread: Thread): readonly LeftUndone[] {
  return [...thread.leftUndone.values()].map(({ t, kind, name, isOneOff, stack }) => ({
    thread,
    isOneOff,
    at: t,
    kind,
    name,
    stack: thread.stack(stack),
  }));
}

/** The error that broke off the call by which a callback was to send, or the code before it, where a `catch` got it. */
function caughtOnTheWay(
  { t: lookedAt, why, calls, ranAt, conditional }: EventOf<'callback-fruitless'>,
  { caught }: Thread,
): CaughtOnTheWay | null {
  if (why.kind !== 'nothing' || calls === null) return null;
  const at = placeOf(calls);
  for (const { t, error, frames } of caught) {
    const isInCall = frames.some((frame) => placeOf(frame) === at);
    const silencedAt = isInCall ? silentPlaceBehind(frames) : null;
    if (silencedAt !== null) return { kind: 'threw', error, frames, caughtAt: silencedAt, isSilent: true };
    // What depends on more than the error may not have been meant to send.
    if (t < ranAt || t > lookedAt || (conditional && !isMistake(error))) continue;
    const caughtAt = isInCall ? placeThatOnlyLogs(frames) : placeBrokenOffBefore(calls, frames);
    if (caughtAt !== null) return { kind: 'threw', error, frames, caughtAt, isSilent: false };
  }
  return null;
}

/** File, line and column of a frame. */
function placeOf(frame: string): string {
  return frame.replace(/ \(.*$/, '');
}

/** V8's own words for what no program means to do. */
function isMistake(error: string): boolean {
  return /^(?:TypeError|ReferenceError): .*(?:is not (?:a function|defined|iterable|a constructor)|Cannot (?:read|set) propert|before initialization|constant variable)/.test(
    error,
  );
}

/** Programs that are started to send something. */
function isSender(file: string): boolean {
  return /^(?:curl|wget|http|https|xh|nc|ncat|sendmail|mail|mailx|msmtp|aws)(?:\.exe)?$/.test(basename(file));
}

/** Where the whole process did not run, the thread did nothing by itself. */
function setSuspensionsApart(thread: Thread, all: readonly Thread[], suspended: SuspendedBetween): void {
  const suspensions: Suspension[] = [];
  const own: Standstill[] = [];
  for (const standstill of thread.standstills) {
    const how = suspended(thread.pid, standstill.from, standstill.from + standstill.durationMs);
    if (how === null) own.push(standstill);
    else {
      const interrupted = standstill.to === null ? thread.stack(thread.justPosted).slice(0, 1) : [];
      suspensions.push({
        how,
        standstill,
        stoppedBy: how === 'stopped' ? stopperOf(thread, standstill, all) : null,
        interrupted: interrupted.filter(goesOnToSendBehind),
        sentAfter: null,
      });
    }
  }
  thread.standstills = own;
  thread.suspensions = suspensions;
}

function movesAfter(
  moves: ClockMoves | null,
  what: EventOf<'fake-clock'>['what'],
  t: number,
): ClockMoves | null {
  switch (what) {
    case 'followed':
      return { lastAt: null, clearedSince: 0 };
    case 'lost':
      return null;
    case 'moved':
      return moves === null ? null : { lastAt: t, clearedSince: 0 };
    case 'cleared':
      return moves === null ? null : { ...moves, clearedSince: moves.clearedSince + 1 };
  }
}

const stopSignals: ReadonlySet<string> = new Set(['SIGSTOP', 'SIGTSTP']);

/** Who in the program sent the last signal that stops before the time of it was over. */
function stopperOf(
  { pid }: Thread,
  { from, durationMs }: Standstill,
  all: readonly Thread[],
): Suspension['stoppedBy'] {
  for (const thread of all) {
    const stop = thread.children
      .find((child) => child.pid === pid)
      ?.kills.findLast(({ t, signal }) => stopSignals.has(signal) && t < from + durationMs);
    if (stop !== undefined)
      return { thread, signal: stop.signal, byCommand: false, stack: thread.stack(stop.stack) };
  }
  for (const thread of all) {
    const command = thread.stopCommands.findLast(
      ({ t, pids }) => pids.includes(pid) && t < from + durationMs,
    );
    if (command !== undefined)
      return { thread, signal: command.signal, byCommand: true, stack: thread.stack(command.stack) };
  }
  return null;
}

/** Field by field: a spread would take longer than all the rest, and there are millions of requests. */
function startOf(thread: Thread, event: EventOf<'request'>, senders: NotificationSenders): RequestStart {
  const { t, r, client, method, origin, path, deadline, body, waitMs, stack, notification } = event;
  return {
    t,
    r,
    client,
    method,
    origin,
    path,
    loop: thread,
    sessionOf: null,
    deadline: deadline === null ? null : named(deadline),
    asksFor: asksForNews(method, path) ? 'news' : null,
    inherited: false,
    body,
    waitMs,
    stack: () => senders.stackOf(notification ?? null, thread.stack(stack)),
  };
}

/** By a signal around it, and code that takes just that. */
function givenUpIn(request: RequestRecord | undefined): RequestRecord['givenUp'] {
  if (!request?.deadline?.what.startsWith('AbortSignal.timeout')) return null;
  const at = placeThatGoesOnWithout(request.stack);
  return at === null ? null : { ms: request.deadline.ms, at };
}

function named({ what, ms }: EventOf<'request'>['deadline'] & object): Deadline {
  return { what: `${what} of ${showMs(ms)}`, ms };
}

function threadEnded(thread: Thread, { t, code, timers }: EventOf<'exit'>): void {
  thread.timers = timers.map((timer) => ({ ...timer, stack: thread.stack(timer.stack) }));
  thread.end = {
    at: t,
    reason: thread.exitCall !== null ? 'exit-call' : thread.escaped && code !== 0 ? 'error' : 'natural',
    code,
    stack: thread.exitCall?.stack ?? [],
    ...(thread.exitCall?.readsFiles ? { readsFiles: true } : {}),
  };
}

function workerEnded(worker: Thread, at: number, code: number): void {
  if (worker.end !== null) return;
  const reason =
    worker.terminated !== null ? 'terminated' : worker.escaped || code !== 0 ? 'error' : 'natural';
  // None of its code runs any more, however long a native call holds it.
  worker.end = { at: worker.terminatedAt ?? at, reason, code, stack: worker.terminated ?? [] };
}

/** Package managers start the program and speak to their registry meanwhile: none of the program's requests. */
function isLauncher(file: string): boolean {
  return /[\\/](?:npm-cli\.js|npx-cli\.js|npm|npx|pnpm|pnpm\.c?js|pnpx|yarn|yarn\.c?js|yarnpkg|corepack(?:\.js)?)$/.test(
    file,
  );
}
