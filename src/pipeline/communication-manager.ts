import type { Timer } from './timer.ts';

/** Sends a timer's two messages over one medium. */
export interface ChannelHandler {
  /** Whether this handler serves the channel. */
  handles(channel: string): boolean;
  confirm(timer: Timer): Promise<void>;
  expire(timer: Timer): Promise<void>;
}

/** Routes a timer to the handler of its channel. */
export class CommunicationManager {
  readonly #handlers: readonly ChannelHandler[];

  constructor(handlers: readonly ChannelHandler[]) {
    this.#handlers = handlers;
  }

  /** @throws Error when no handler serves the channel, so that nothing is dropped in silence. */
  async confirm(timer: Timer): Promise<void> {
    await this.#handlerOf(timer.channel).confirm(timer);
  }

  /** @throws Error when no handler serves the channel. */
  async expire(timer: Timer): Promise<void> {
    await this.#handlerOf(timer.channel).expire(timer);
  }

  #handlerOf(channel: string): ChannelHandler {
    const handler = this.#handlers.find((candidate) => candidate.handles(channel));
    if (handler === undefined) throw new Error(`no handler serves the channel "${channel}"`);
    return handler;
  }
}
