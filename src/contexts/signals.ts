/** Words of the shared memory. */
const go = 0;
const called = 1;

/**
 * Brings main and the sending thread to the same point: main acts exactly before or after the call, and never by luck
 * of scheduling. Shared memory, so it works while a loop stands still.
 */
export class CallSignals {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  letGo(): void {
    this.#raise(go);
  }

  waitForGo(timeoutMs: number): void {
    this.#wait(go, timeoutMs);
  }

  tellCalled(): void {
    this.#raise(called);
  }

  waitUntilCalled(timeoutMs: number): void {
    this.#wait(called, timeoutMs);
  }

  #raise(word: number): void {
    Atomics.store(this.#words, word, 1);
    Atomics.notify(this.#words, word);
  }

  #wait(word: number, timeoutMs: number): void {
    Atomics.wait(this.#words, word, 0, timeoutMs);
  }
}
