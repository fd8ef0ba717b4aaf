/** Words of the counter that every thread of one shared pool sees. */
const handedOver = 0;
const settled = 1;
const ioThread = 2;

const ioThreadGone = 1;

/**
 * How many notifications were handed to the I/O thread and how many of them have ended. It is shared memory, so main
 * can read it, and wait on it, while its loop stands still in an `exit` listener.
 */
export class DrainCounter {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  get inFlight(): number {
    return (Atomics.load(this.#words, handedOver) - Atomics.load(this.#words, settled)) | 0;
  }

  handOver(): void {
    Atomics.add(this.#words, handedOver, 1);
  }

  settle(): void {
    Atomics.add(this.#words, settled, 1);
    Atomics.notify(this.#words, settled);
  }

  ioThreadStarted(): void {
    Atomics.store(this.#words, ioThread, 0);
  }

  ioThreadEnded(): void {
    Atomics.store(this.#words, ioThread, ioThreadGone);
    Atomics.notify(this.#words, settled);
  }

  /** Blocks this thread until nothing is in flight, the I/O thread is gone, or `timeoutMs` has passed. */
  waitUntilDrained(timeoutMs: number): void {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const seen = Atomics.load(this.#words, settled);
      const leftMs = endsAt - performance.now();
      if (this.inFlight <= 0 || leftMs <= 0 || Atomics.load(this.#words, ioThread) === ioThreadGone) return;
      Atomics.wait(this.#words, settled, seen, leftMs);
    }
  }
}
