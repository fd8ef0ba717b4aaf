import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { settlesWithin } from '../../time/long-timer.ts';
import type { SharedJournal } from '../journal/shared-journal.ts';
import { withCode } from '../notifier-error.ts';
import { SharedHolds } from '../resilience/shared-holds.ts';
import type { DeliveryEvents, DeliveryOptions } from '../strategy.ts';
import { Announcements } from './announce.ts';
import { type Board, maxIoThreads } from './board.ts';
import { InProgress, mostInProgress } from './in-progress.ts';
import { ioThreadFile } from './io-thread-file.ts';
import { LinkControl } from './link-control.ts';
import type {
  Announcement,
  IoThreadData,
  IoToMain,
  MainToIo,
  SharedLink,
  SharedSegment,
} from './protocol.ts';
import { RestartDelay } from './restart-delay.ts';

interface IoThreadsOptions {
  readonly options: DeliveryOptions;
  readonly events: DeliveryEvents;
  readonly board: Board;
  readonly channel: string;
  readonly journal: SharedJournal | null;
}

/** How long, in ms, a sender may take to announce what it handed to a thread just before that was retired. */
const retireGraceMs = 1000;

/** How often, in ms, main reads announcements once its loop no longer runs. */
const hearEveryMs = 20;

type Utilization = ReturnType<Worker['performance']['eventLoopUtilization']>;

/** The pool's I/O threads as main sees them: it starts them, and restarts one that died with the links that it had. */
export class IoThreads {
  readonly #options: IoThreadsOptions;
  readonly #workers = new Map<number, Worker>();
  readonly #retired = new Set<number>();
  readonly #lastUtilization = new Map<number, Utilization>();
  readonly #links = new Map<number, SharedLink>();
  /** Links that nobody uses any more, and of which main has not heard yet. */
  readonly #unlinkedEarly = new Set<number>();
  readonly #inProgress = new Map<number, SharedArrayBuffer>();
  readonly #holds = new SharedHolds().shared;
  readonly #announcements: Announcements;
  readonly #restartDelays = Array.from({ length: maxIoThreads }, () => new RestartDelay());
  #keptAlive = 0;
  #opened = false;
  #lastError: unknown = null;
  #closing = false;

  constructor(options: IoThreadsOptions) {
    this.#options = options;
    this.#announcements = new Announcements(options.channel, (announcement) => this.#hear(announcement));
  }

  /** Starts one more; does nothing where there are as many as there can be. */
  add(): void {
    for (let thread = 0; thread < maxIoThreads; thread += 1) {
      if (this.#options.board.isAbsent(thread)) {
        this.#start(thread);
        return;
      }
    }
  }

  /** The one added last takes on nothing more, and ends when what it has been given has ended. */
  retire(): void {
    const thread = Math.max(...this.#workers.keys());
    const worker = this.#workers.get(thread);
    if (worker === undefined || this.#workers.size <= 1 || this.#retired.has(thread)) return;
    this.#retired.add(thread);
    this.#options.board.setState(thread, 'retiring');
    setTimeout(() => post(worker, { kind: 'close' }), retireGraceMs).unref();
  }

  /** The share of time, 0..1, for which each of them was busy since the last call. */
  utilizations(): readonly number[] {
    return [...this.#workers]
      .filter(([thread]) => !this.#retired.has(thread))
      .map(([thread, worker]) => {
        const now = worker.performance.eventLoopUtilization();
        const last = this.#lastUtilization.get(thread);
        this.#lastUtilization.set(thread, now);
        return last === undefined ? 0 : worker.performance.eventLoopUtilization(now, last).utilization;
      });
  }

  /**
   * Resolves when every I/O thread runs.
   * @throws Error when one of them ends before that.
   */
  async ready(): Promise<void> {
    const release = this.keepAlive();
    const all = await Promise.all([...this.#workers.values()].map((worker) => isReady(worker)));
    release();
    this.#opened = all.every((ready) => ready);
    if (!this.#opened) {
      this.#announcements.close();
      const problem = new Error('the I/O thread could not be started', { cause: this.#lastError });
      throw withCode('io-thread-not-started', problem);
    }
  }

  /** Keeps the process running until the returned function is called. */
  keepAlive(): () => void {
    this.#keptAlive += 1;
    for (const worker of this.#workers.values()) worker.ref();
    return () => {
      this.#keptAlive -= 1;
      if (this.#keptAlive === 0) for (const worker of this.#workers.values()) worker.unref();
    };
  }

  /**
   * Blocks this thread until nothing is in flight, no I/O thread is left, or `timeoutMs` has passed. An I/O thread that is
   * just being started hears only from main what was announced before.
   */
  waitUntilDrained(timeoutMs: number): void {
    const { board } = this.#options;
    const endsAt = performance.now() + timeoutMs;
    do this.#announcements.hearNow();
    while (
      !board.waitUntilDrained(Math.min(hearEveryMs, endsAt - performance.now())) &&
      performance.now() < endsAt
    );
  }

  /** Ends every I/O thread when what it has been given has ended, and whatever it does after `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    const release = this.keepAlive();
    const workers = [...this.#workers.values()];
    const ended = Promise.all(workers.map((worker) => end(worker)));
    if (!(await settlesWithin(ended, timeoutMs)))
      await Promise.all(workers.map((worker) => worker.terminate()));
    release();
    this.#announcements.close();
  }

  #start(thread: number): void {
    const { options, board, channel, journal } = this.#options;
    const links = [...this.#links.values()].filter((link) => link.thread === thread);
    board.setState(thread, 'starting');
    const inProgress = this.#inProgressOf(thread);
    const data: IoThreadData = {
      thread,
      options,
      board: board.shared,
      channel,
      inProgress,
      journal,
      holds: this.#holds,
      links,
    };
    const worker = new Worker(ioThreadFile(options.ioThread), {
      name: 'timer-notify-io',
      workerData: data,
    });
    worker.on('message', (message: IoToMain) => {
      if (message.kind === 'unlinked') this.#unlink(message.link);
    });
    worker.on('error', (error: unknown) => {
      // The exit that follows starts a new thread; senders learn what became of their notifications then.
      this.#lastError = error;
    });
    worker.on('exit', () => this.#ended(thread));
    if (this.#keptAlive === 0) worker.unref();
    this.#workers.set(thread, worker);
    this.#restartDelays[thread]?.started();
  }

  #inProgressOf(thread: number): SharedArrayBuffer {
    const known = this.#inProgress.get(thread);
    if (known !== undefined) return known;
    const allocated = InProgress.allocate(mostInProgress(this.#options.options));
    this.#inProgress.set(thread, allocated);
    return allocated;
  }

  #unlink(link: number): void {
    if (!this.#links.delete(link)) this.#unlinkedEarly.add(link);
  }

  #ended(thread: number): void {
    this.#workers.delete(thread);
    this.#lastUtilization.delete(thread);
    if (this.#retired.delete(thread)) this.#leaveRetired(thread);
    else this.#restart(thread);
  }

  #leaveRetired(thread: number): void {
    this.#options.board.setAbsent(thread);
    for (const link of this.#links.values()) {
      if (link.thread === thread) this.#endLink(link);
    }
  }

  /** For a thread that is gone: its sender begins another link; what it has written here is still sent. */
  #endLink(link: SharedLink): void {
    const control = new LinkControl(link.control);
    control.revoke();
    if (!control.hasUntaken) this.#links.delete(link.number);
    else if (!this.#workers.has(link.thread) && !this.#closing) this.#start(link.thread);
  }

  #restart(thread: number): void {
    this.#options.board.setState(thread, 'ended');
    if (this.#closing || !this.#opened) return;
    this.#options.events.onIoThreadRestart?.();
    const delayMs = this.#restartDelays[thread]?.afterDeath() ?? 0;
    if (delayMs === 0) this.#start(thread);
    else this.#startIn(delayMs, thread);
  }

  #startIn(delayMs: number, thread: number): void {
    const timer = setTimeout(() => {
      if (!this.#closing) this.#start(thread);
    }, delayMs);
    // What is in flight needs the thread, whatever else there is to do.
    if (this.#options.board.inFlight === 0) timer.unref();
  }

  /** Every announcement is passed on too: a thread that was just being started has not heard it. */
  #hear(announcement: Announcement): void {
    const thread = announcement.kind === 'link' ? announcement.link.thread : announcement.thread;
    if (announcement.kind === 'link' && this.#unlinkedEarly.delete(announcement.link.number)) return;
    if (announcement.kind === 'link') this.#links.set(announcement.link.number, announcement.link);
    else this.#changeSegments(announcement.link, announcement.added, announcement.dropped);
    const worker = this.#workers.get(thread);
    if (worker !== undefined) post(worker, announcement);
    else if (announcement.kind === 'link' && this.#options.board.isAbsent(thread))
      this.#endLink(announcement.link);
  }

  #changeSegments(number: number, added: SharedSegment | null, dropped: readonly number[]): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    const kept = link.segments.filter((segment) => !dropped.includes(segment.number));
    this.#links.set(number, { ...link, segments: added === null ? kept : [...kept, added] });
  }
}

/** False when the thread has ended before that. */
function isReady(worker: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve(false));
    worker.on('message', (message: IoToMain) => {
      if (message.kind === 'ready') resolve(true);
    });
  });
}

async function end(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit');
  post(worker, { kind: 'close' });
  await ended;
}

function post(worker: Worker, message: MainToIo): void {
  worker.postMessage(message);
}
