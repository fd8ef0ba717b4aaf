import { ChannelQueue, type Turn } from './channel-queue.ts';
import type { RateOptions } from './options.ts';
import type { SharedHolds } from './shared-holds.ts';

/** Queues that are kept before those at rest are forgotten. */
const queuesKept = 1000;

/** A conversation's ID; users' (`U…`) and names are other ways to name one. */
const conversationId = /^[CDG][A-Z0-9]{7,}$/;

/**
 * The queue of each channel that this thread sends to; with the `shared-pool` strategy that is all of the process. Slack
 * takes about one message a second to a channel: https://docs.slack.dev/apis/web-api/rate-limits. A channel has an ID
 * and a name; that they are one is learned from Slack's responses.
 */
export class ChannelQueues {
  readonly #rate: RateOptions | null;
  readonly #holds: SharedHolds | null;
  readonly #queues = new Map<string, ChannelQueue>();
  /** The name by which each ID is known. */
  readonly #names = new Map<string, string>();

  /** @param holds what other threads know of the same channels; null where there are none */
  constructor(rate: RateOptions | null, holds: SharedHolds | null = null) {
    this.#rate = rate;
    this.#holds = holds;
  }

  turn(channel: string, deadlineAtMs: number): Turn {
    return this.#queueOf(keyOf(channel)).turn(deadlineAtMs);
  }

  /** A message to `channel` was posted to `id`, by Slack's word. */
  learn(channel: string, id: string): void {
    const name = keyOf(channel);
    if (name === id || !conversationId.test(id) || conversationId.test(name)) return;
    // Two names for one ID are no channel's: then the responses say something else.
    if (this.#names.has(id)) return;
    this.#names.set(id, name);
    const joined = this.#queueOf(id);
    const other = this.#queues.get(name);
    if (other !== undefined && other !== joined) joined.join(other);
    this.#queues.set(name, joined);
  }

  #queueOf(key: string): ChannelQueue {
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    if (this.#queues.size >= queuesKept) this.#forgetThoseAtRest();
    const queue = new ChannelQueue(this.#rate, this.#holds?.of(key) ?? null);
    this.#queues.set(key, queue);
    return queue;
  }

  #forgetThoseAtRest(): void {
    for (const [key, queue] of this.#queues) {
      if (!queue.isAtRest()) continue;
      this.#queues.delete(key);
      this.#names.delete(key);
    }
  }
}

/** `#general` and `general` are one; names have no capitals. */
function keyOf(channel: string): string {
  const name = channel.replace(/^#/, '');
  return /^[CDGUW][A-Z0-9]+$/.test(name) ? name : name.toLowerCase();
}
