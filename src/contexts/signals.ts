/** Words of the shared memory. */
const released = 0;
const callMade = 1;

/**
 * Brings main and the sending thread to the same point: main acts exactly before or after the call, and never by luck
 * of scheduling. Shared memory, so it works while a loop is blocked.
 */
export class CallSignals {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  release(): void {
    this.#raise(released);
  }

  waitForRelease(timeoutMs: number): void {
    this.#wait(released, timeoutMs);
  }

  called(): void {
    this.#raise(callMade);
  }

  waitUntilCalled(timeoutMs: number): void {
    this.#wait(callMade, timeoutMs);
  }

  #raise(word: number): void {
    Atomics.store(this.#words, word, 1);
    Atomics.notify(this.#words, word);
  }

  #wait(word: number, timeoutMs: number): void {
    Atomics.wait(this.#words, word, 0, timeoutMs);
  }
}
