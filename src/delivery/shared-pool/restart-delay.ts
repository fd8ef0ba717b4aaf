const firstDelayMs = 50;
const longestDelayMs = 5000;

/** A thread that lived at least this long, in ms, did not die of its start. */
const soundLifeMs = 1000;

/** How long to wait before a thread that died is started anew: not at all, unless it dies again and again. */
export class RestartDelay {
  #startedAtMs = performance.now();
  #quickDeaths = 0;

  started(): void {
    this.#startedAtMs = performance.now();
  }

  /** In ms; 0 is at once. */
  afterDeath(): number {
    const livedMs = performance.now() - this.#startedAtMs;
    this.#quickDeaths = livedMs < soundLifeMs ? this.#quickDeaths + 1 : 0;
    // One death may have any reason.
    if (this.#quickDeaths < 2) return 0;
    return Math.min(longestDelayMs, firstDelayMs * 2 ** this.#quickDeaths);
  }
}
