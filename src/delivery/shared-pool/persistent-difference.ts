/** Looks that must agree: a sender in the middle of a step is not there for so many. */
const looks = 3;

/** Distinguishes a difference that stays from one that is there for a moment only. */
export class PersistentDifference {
  #last: number[] = [];

  /** What of the difference, as it was at the last looks, is there for good; 0 until that is known. */
  look(difference: number): number {
    this.#last = [...this.#last, difference].slice(-looks);
    if (this.#last.length < looks) return 0;
    const lasting = Math.max(0, Math.min(...this.#last)) + Math.min(0, Math.max(...this.#last));
    if (lasting !== 0) this.#last = [];
    return lasting;
  }
}
