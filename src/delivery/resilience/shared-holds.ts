/** Channels with the same place share one pace, which is then too slow, never too fast. */
const places = 1024;

/** Words of a place, in µs on `monotonicMs`. */
const heldUntil = 0;
const nextAt = 1;
const wordsPerPlace = 2;

/**
 * What the I/O threads of one pool know together of channels that the server refused messages for: each thread has a queue
 * for each channel, and without this each of them would have to be refused, and then send at the channel's whole pace.
 */
export class SharedHolds {
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(places * wordsPerPlace * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared);
  }

  of(channel: string): SharedHold {
    return new SharedHold(this.#words, placeOf(channel) * wordsPerPlace);
  }
}

/** One channel's part of it. Another thread may do any of this at the same time, or end in the middle. */
export class SharedHold {
  readonly #words: BigInt64Array;
  readonly #first: number;

  constructor(words: BigInt64Array, first: number) {
    this.#words = words;
    this.#first = first;
  }

  /** True once any thread was refused. */
  get isKnown(): boolean {
    return this.heldUntilMs > 0;
  }

  get heldUntilMs(): number {
    return toMs(Atomics.load(this.#words, this.#first + heldUntil));
  }

  /** When any thread may send the next message. */
  get nextAtMs(): number {
    return Math.max(this.heldUntilMs, toMs(Atomics.load(this.#words, this.#first + nextAt)));
  }

  hold(untilMs: number): void {
    this.#raise(heldUntil, untilMs);
  }

  /** Takes the turn that is due, so that the next is due after `pauseMs`; false where another thread was faster. */
  take(now: number, pauseMs: number): boolean {
    const seen = Atomics.load(this.#words, this.#first + nextAt);
    if (toMs(seen) > now || this.heldUntilMs > now) return false;
    const next = toUs(now + pauseMs);
    return Atomics.compareExchange(this.#words, this.#first + nextAt, seen, next) === seen;
  }

  /** The server counts from its response. */
  answered(now: number, pauseMs: number): void {
    this.#raise(nextAt, now + pauseMs);
  }

  #raise(word: number, ms: number): void {
    const value = toUs(ms);
    for (;;) {
      const seen = Atomics.load(this.#words, this.#first + word);
      if (seen >= value) return;
      if (Atomics.compareExchange(this.#words, this.#first + word, seen, value) === seen) return;
    }
  }
}

/** FNV-1a. */
function placeOf(channel: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < channel.length; index += 1)
    hash = Math.imul(hash ^ channel.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % places;
}

function toUs(ms: number): bigint {
  return BigInt(Math.ceil(ms * 1000));
}

function toMs(us: bigint): number {
  return Number(us) / 1000;
}
