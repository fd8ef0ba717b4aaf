/** Counts what one thread has in flight and says when nothing is. */
export class InFlight {
  readonly #words: Int32Array;
  #waiting: (() => void)[] = [];

  /** @param shared memory of the count, where another thread reads it */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#words = new Int32Array(shared);
  }

  get count(): number {
    return Atomics.load(this.#words, 0);
  }

  async track<Result>(work: Promise<Result>): Promise<Result> {
    Atomics.add(this.#words, 0, 1);
    try {
      return await work;
    } finally {
      if (Atomics.sub(this.#words, 0, 1) === 1) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is in flight. */
  drained(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
