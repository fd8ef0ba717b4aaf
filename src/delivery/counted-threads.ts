import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** By what a thread is counted. The port closes when the thread ends, however it ends. */
export interface CountedThread {
  readonly inFlight: SharedArrayBuffer;
  readonly lifeline: MessagePort;
}

/** What other threads have in flight, by their own word, for as long as they live. */
export class CountedThreads {
  readonly #inFlight = new Map<MessagePort, Int32Array>();

  /** For the handle of one more thread; its port belongs in the transfer list. */
  admit(): CountedThread {
    const { own, other } = countedThread();
    this.#watch(own);
    return other;
  }

  get inFlight(): number {
    return [...this.#inFlight.values()].reduce((sum, words) => sum + Atomics.load(words, 0), 0);
  }

  close(): void {
    for (const lifeline of this.#inFlight.keys()) lifeline.close();
  }

  #watch({ inFlight, lifeline }: CountedThread): void {
    this.#inFlight.set(lifeline, new Int32Array(inFlight));
    lifeline.on('close', () => this.#inFlight.delete(lifeline));
    // From a thread that starts another one.
    lifeline.on('message', (started: CountedThread) => this.#watch(started));
    lifeline.unref();
  }
}

/** For a thread that the thread with this lifeline starts. */
export function admitThrough(lifeline: MessagePort): CountedThread {
  const { own, other } = countedThread();
  lifeline.postMessage(own, [own.lifeline]);
  return other;
}

function countedThread(): { own: CountedThread; other: CountedThread } {
  const inFlight = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const { port1, port2 } = new MessageChannel();
  return { own: { inFlight, lifeline: port1 }, other: { inFlight, lifeline: port2 } };
}
