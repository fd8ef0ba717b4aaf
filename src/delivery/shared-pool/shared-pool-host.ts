import { randomUUID } from 'node:crypto';
import { settlesWithin } from '../../time/long-timer.ts';
import { AccountedSender } from '../accounting.ts';
import type { SenderHandle } from '../handle.ts';
import { type LockedJournal, lockAndOpenJournal } from '../journal/open-journal.ts';
import { replayJournal } from '../journal/replay.ts';
import type { DeliveryEvents, DeliveryHost, DeliveryOptions, Sender } from '../strategy.ts';
import { Board } from './board.ts';
import { drainOnExit } from './drain-on-exit.ts';
import { IoThreadScaling } from './io-thread-scaling.ts';
import { IoThreads } from './io-threads.ts';
import type { SharedPoolHandle } from './protocol.ts';
import { SharedPoolSender } from './shared-pool-sender.ts';

/** Time, in ms, that the I/O threads have beyond a notification's own deadline. */
const graceMs = 500;

/**
 * Opens a pool; resolves when its I/O thread runs.
 * @throws Error when the journal can't be opened or the thread does not start.
 */
export async function openSharedPool(
  options: DeliveryOptions,
  events: DeliveryEvents = {},
): Promise<SharedPoolHost> {
  const journal = options.durable === undefined ? null : await lockAndOpenJournal(options.durable);
  const host = new SharedPoolHost(options, events, journal);
  await host.ready();
  return host;
}

/** Opens the I/O thread and keeps one running until it is closed. */
export class SharedPoolHost implements DeliveryHost {
  readonly sender: Sender;
  /** Its own part of the sender. */
  readonly own: SharedPoolSender;
  readonly #options: DeliveryOptions;
  readonly #board = new Board();
  readonly #channel = `timer-notify:${randomUUID()}`;
  readonly #threads: IoThreads;
  readonly #journal: LockedJournal | null;
  readonly #scaling: IoThreadScaling | null;
  #closing: Promise<void> | null = null;
  readonly #stopListening: () => void;

  constructor(options: DeliveryOptions, events: DeliveryEvents, journal: LockedJournal | null) {
    this.#options = options;
    this.#journal = journal;
    const shared = journal?.shared ?? null;
    this.#threads = new IoThreads({
      options,
      events,
      board: this.#board,
      channel: this.#channel,
      journal: shared,
    });
    this.#threads.add();
    this.own = new SharedPoolSender(this.#value());
    this.sender = new AccountedSender(options, this.own);
    this.#scaling = canScale(options) ? new IoThreadScaling(this.#threads, options.ioThreads) : null;
    this.#stopListening = drainOnExit({
      board: this.#board,
      threads: this.#threads,
      own: this.own,
      timeoutMs: options.deadlineMs + graceMs,
    });
  }

  /**
   * Resolves when the I/O thread runs.
   * @throws Error when it ends before that.
   */
  async ready(): Promise<void> {
    try {
      await this.#threads.ready();
    } catch (error) {
      this.#stopListening();
      this.#scaling?.stop();
      this.#journal?.release();
      throw error;
    }
    if (this.#journal !== null) replayJournal(this.#journal, this.own, () => this.#closing !== null);
  }

  get inFlight(): number {
    return this.#board.inFlight;
  }

  handle(): SenderHandle {
    return { value: this.#value(), transferList: [] };
  }

  async drain(): Promise<void> {
    const release = this.#threads.keepAlive();
    await this.#board.drained();
    release();
  }

  close(timeoutMs = this.#options.deadlineMs + graceMs): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#scaling?.stop();
    this.#board.close();
    await settlesWithin(this.drain(), timeoutMs);
    await this.#threads.close(graceMs);
    await this.own.close();
    this.#stopListening();
    this.#journal?.release();
  }

  #value(): SharedPoolHandle {
    return {
      writtenBy: 'shared-pool',
      options: this.#options,
      board: this.#board.shared,
      channel: this.#channel,
      journal: this.#journal?.shared ?? null,
    };
  }
}

/** A channel's rate is kept by one thread, so several would send too often. */
function canScale(
  options: DeliveryOptions,
): options is DeliveryOptions & Required<Pick<DeliveryOptions, 'ioThreads'>> {
  const { ioThreads, resilience } = options;
  return ioThreads !== undefined && ioThreads.most > 1 && (resilience?.rate ?? null) === null;
}
