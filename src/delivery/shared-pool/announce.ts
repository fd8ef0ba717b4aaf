import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Announcement } from './protocol.ts';

declare module 'worker_threads' {
  // Missing in the types of Node 20: https://nodejs.org/api/worker_threads.html#workerreceivemessageonportport
  function receiveMessageOnPort(port: BroadcastChannel): { message: unknown } | undefined;
}

/**
 * Reaches every I/O thread and main without the help of any other thread's loop. The channel is open only for the
 * moment, because an open one would have to read what others announce.
 */
export function announce(channel: string, announcement: Announcement): void {
  const broadcast = new BroadcastChannel(channel);
  broadcast.postMessage(announcement);
  broadcast.close();
}

/** Hears what is announced, without keeping the thread alive. */
export class Announcements {
  readonly #broadcast: BroadcastChannel;
  readonly #listener: (announcement: Announcement) => void;

  constructor(channel: string, listener: (announcement: Announcement) => void) {
    this.#listener = listener;
    this.#broadcast = new BroadcastChannel(channel);
    this.#broadcast.onmessage = (event) => {
      if (hasData(event)) this.#hear(event.data);
    };
    this.#broadcast.unref();
  }

  /** Hears what has been announced until now, on a thread whose loop does not run any more. */
  hearNow(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#broadcast);
      if (received === undefined) return;
      this.#hear(received.message);
    }
  }

  close(): void {
    this.#broadcast.close();
  }

  #hear(message: unknown): void {
    if (isAnnouncement(message)) this.#listener(message);
  }
}

function hasData(event: unknown): event is { readonly data: unknown } {
  return typeof event === 'object' && event !== null && 'data' in event;
}

/** Only senders of this pool know the channel's name. */
function isAnnouncement(message: unknown): message is Announcement {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
