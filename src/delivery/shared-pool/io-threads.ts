import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type IoThreadRestarted, ioThreadRestarts } from '../io-thread-restarts.ts';
import type { SharedJournal } from '../journal/shared-journal.ts';
import type { DeliveryOptions } from '../strategy.ts';
import { onAnnouncement } from './announce.ts';
import type { Board } from './board.ts';
import { ioThreadFile } from './io-thread-file.ts';
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
  readonly board: Board;
  readonly channel: string;
  readonly journal: SharedJournal | null;
}

/** The pool's I/O threads as main sees them: it starts them, and starts one that died anew with the links it had. */
export class IoThreads {
  readonly #options: IoThreadsOptions;
  readonly #workers = new Map<number, Worker>();
  readonly #links = new Map<number, SharedLink>();
  readonly #stopListening: () => void;
  readonly #restartDelay = new RestartDelay();
  #keptAlive = 0;
  #opened = false;
  #lastError: unknown = null;
  #closing = false;

  constructor(options: IoThreadsOptions) {
    this.#options = options;
    this.#stopListening = onAnnouncement(options.channel, (announcement) => this.#hear(announcement));
  }

  add(): void {
    this.#start(0);
  }

  /**
   * Resolves when every I/O thread runs.
   * @throws Error when one of them ends before that.
   */
  async ready(): Promise<void> {
    const letGo = this.keepAlive();
    const all = await Promise.all([...this.#workers.values()].map((worker) => isReady(worker)));
    letGo();
    this.#opened = all.every((ready) => ready);
    if (!this.#opened) {
      this.#stopListening();
      throw new Error('the I/O thread could not be started', { cause: this.#lastError });
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

  /** Ends every I/O thread when what it has been given has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    const letGo = this.keepAlive();
    await Promise.all([...this.#workers.values()].map((worker) => end(worker)));
    letGo();
    this.#stopListening();
  }

  #start(thread: number): void {
    const { options, board, channel, journal } = this.#options;
    const links = [...this.#links.values()].filter((link) => link.thread === thread);
    board.setState(thread, 'starting');
    const data: IoThreadData = { thread, options, board: board.shared, channel, journal, links };
    const worker = new Worker(ioThreadFile(options.ioThread), {
      name: 'timer-notify-io',
      workerData: data,
    });
    worker.on('message', (message: IoToMain) => {
      if (message.kind === 'unlinked') this.#links.delete(message.link);
    });
    worker.on('error', (error: unknown) => {
      // The exit that follows starts a new thread; senders learn what became of their notifications then.
      this.#lastError = error;
    });
    worker.on('exit', () => this.#restart(thread));
    if (this.#keptAlive === 0) worker.unref();
    this.#workers.set(thread, worker);
    this.#restartDelay.started();
  }

  #restart(thread: number): void {
    this.#workers.delete(thread);
    this.#options.board.setState(thread, 'ended');
    if (this.#closing || !this.#opened) return;
    const restarted: IoThreadRestarted = { options: this.#options.options, error: this.#lastError };
    ioThreadRestarts.publish(restarted);
    const delayMs = this.#restartDelay.afterDeath();
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
    if (announcement.kind === 'link') this.#links.set(announcement.link.number, announcement.link);
    else this.#changeSegments(announcement.link, announcement.added, announcement.dropped);
    const worker = this.#workers.get(thread);
    if (worker !== undefined) tell(worker, announcement);
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
  tell(worker, { kind: 'close' });
  await ended;
}

function tell(worker: Worker, message: MainToIo): void {
  worker.postMessage(message);
}
