import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { warnOfDamage } from '../journal/damage.ts';
import type { Accepted } from '../journal/journal-lines.ts';
import { type LockedJournal, lockAndOpenJournal } from '../journal/open-journal.ts';
import { isFinal, tellReplayed } from '../journal/replays.ts';
import type { DeliveryHost, DeliveryOptions, SenderHandle } from '../strategy.ts';
import { Board } from './board.ts';
import { IoThreadScaling } from './io-thread-scaling.ts';
import { IoThreads } from './io-threads.ts';
import type { SharedPoolHandle } from './protocol.ts';
import { SharedPoolSender } from './shared-pool-sender.ts';

/** Time, in ms, that the exit listener gives the I/O threads beyond a notification's own deadline. */
const exitGraceMs = 500;

/** Time, in ms, until what an earlier process had accepted, and could not be delivered, is sent once more. */
const replayAgainMs = 30_000;

/**
 * Opens a pool; resolves when its I/O thread runs.
 * @throws Error when the journal can't be opened or the thread does not start.
 */
export async function openSharedPool(options: DeliveryOptions): Promise<SharedPoolHost> {
  const journal = options.durable === undefined ? null : await lockAndOpenJournal(options.durable);
  const host = new SharedPoolHost(options, journal);
  await host.ready();
  return host;
}

/** Opens the I/O thread and keeps one running until it is closed. */
export class SharedPoolHost implements DeliveryHost {
  readonly sender: SharedPoolSender;
  readonly #options: DeliveryOptions;
  readonly #board = new Board();
  readonly #channel = `timer-notify:${randomUUID()}`;
  readonly #threads: IoThreads;
  readonly #journal: LockedJournal | null;
  readonly #scaling: IoThreadScaling | null;
  #closing: Promise<void> | null = null;
  /** Other threads may still write the journal, so its lock stays until the process has ended. */
  readonly #drainOnExit = () => {
    this.#threads.waitUntilDrained(this.#options.deadlineMs + exitGraceMs);
  };

  constructor(options: DeliveryOptions, journal: LockedJournal | null) {
    this.#options = options;
    this.#journal = journal;
    const shared = journal?.shared ?? null;
    this.#threads = new IoThreads({ options, board: this.#board, channel: this.#channel, journal: shared });
    this.#threads.add();
    this.sender = new SharedPoolSender(this.#value());
    this.#scaling = canScale(options) ? new IoThreadScaling(this.#threads, options.ioThreads) : null;
    process.on('exit', this.#drainOnExit);
  }

  /**
   * Resolves when the I/O thread runs.
   * @throws Error when it ends before that.
   */
  async ready(): Promise<void> {
    try {
      await this.#threads.ready();
    } catch (error) {
      process.off('exit', this.#drainOnExit);
      this.#scaling?.stop();
      this.#journal?.release();
      throw error;
    }
    this.#replay();
  }

  /** True when no I/O thread has room for more. */
  get isSaturated(): boolean {
    return this.#scaling?.isSaturated ?? false;
  }

  get inFlight(): number {
    return this.#board.inFlight;
  }

  handle(): SenderHandle {
    return { value: this.#value(), transferList: [] };
  }

  async drain(): Promise<void> {
    const letGo = this.#threads.keepAlive();
    await this.#board.drained();
    letGo();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#scaling?.stop();
    this.#board.close();
    await this.drain();
    await this.#threads.close();
    await this.sender.close();
    process.off('exit', this.#drainOnExit);
    this.#journal?.release();
  }

  #replay(): void {
    if (this.#journal === null) return;
    const { shared, unfinished, damaged } = this.#journal;
    for (const file of damaged) warnOfDamage(shared.path, file);
    for (const accepted of unfinished) void this.#replayUntilFinal(accepted);
  }

  async #replayUntilFinal({ notification, ticket, atMs }: Accepted): Promise<void> {
    while (this.#closing === null) {
      const outcome = await this.sender.replay(notification, ticket);
      tellReplayed({ notification, acceptedAtMs: atMs, outcome });
      if (isFinal(outcome)) return this.sender.settleReplayed(ticket, outcome);
      await sleep(replayAgainMs, undefined, { ref: false });
    }
  }

  #value(): SharedPoolHandle {
    return {
      sharedPool: 'timer-notify',
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
