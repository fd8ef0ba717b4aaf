/** What the word of a bell says of the thread that listens. */
export const bellStates = { awake: 0, asleep: 1 } as const;
const { awake, asleep } = bellStates;

/**
 * Wakes one thread from another through a word of shared memory, and only when it sleeps: a burst of work costs one
 * wake, and no event loop but that of the woken thread takes part.
 */
export class Bell {
  readonly #words: Int32Array;
  readonly #index: number;
  #listening = false;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  ring(): void {
    if (Atomics.compareExchange(this.#words, this.#index, asleep, awake) === asleep) {
      Atomics.notify(this.#words, this.#index);
    }
  }

  /**
   * Calls `onRing` once there is work, now or after the next ring. While a call is still to come, it makes sure that the
   * next ring is heard: whoever rang last may have been terminated in the middle of it. A listening bell does not keep its
   * thread alive.
   */
  listen(isThereWork: () => boolean, onRing: () => void): void {
    Atomics.store(this.#words, this.#index, asleep);
    // Work that came before the thread was marked as asleep has not rung.
    const hasWork = isThereWork();
    if (this.#listening) {
      if (hasWork) this.ring();
      return;
    }
    const rung = hasWork ? Promise.resolve() : this.#nextRing();
    this.#listening = true;
    void rung.then(() => {
      this.#listening = false;
      Atomics.store(this.#words, this.#index, awake);
      onRing();
    });
  }

  async #nextRing(): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, this.#index, asleep);
    if (waiting.async) await waiting.value;
  }
}
