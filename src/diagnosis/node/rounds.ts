/** Fewer show no habit. */
const leastSent = 2;

/** What comes round again and again, and whether each of its rounds has led to a request. */
export class Rounds {
  #begun = 0;
  #sent = 0;
  #hasSent = false;

  begin(): void {
    this.#begun++;
    this.#hasSent = false;
  }

  /** A request has come of it; false where one had come of the same round. */
  send(): boolean {
    if (this.#hasSent) return false;
    this.#hasSent = true;
    this.#sent++;
    return true;
  }

  /** The next one may begin before the request of this one is made: the last need not have sent yet. */
  get lead(): boolean {
    return this.#sent >= leastSent && this.#sent >= this.#begun - 1;
  }
}
