/** A journal as every thread of its process knows it: plain data and shared memory. */
export interface SharedJournal {
  readonly path: string;
  readonly words: SharedArrayBuffer;
}

/** Words, of 64 bits each, so that no count ever wraps around. */
const tickets = 0;
const active = 1;
const bytes = 2;
const carriedBytes = 3;
const written = 4;
const synced = 5;
const failed = 6;
const leader = 7;
const turns = 8;
const lostPart = 9;
const size = 10;

/** What the threads that write one journal share. No loop takes part, and each of them may end at any point. */
export class JournalState {
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(size * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared);
  }

  /** A number that no other notification in the journal has. */
  nextTicket(): number {
    return Number(Atomics.add(this.#words, tickets, 1n)) + 1;
  }

  ticketsUsed(last: number): void {
    Atomics.store(this.#words, tickets, BigInt(last));
  }

  /** The part that is written to. What is written to an older one after it has changed does not count. */
  get active(): number {
    return Number(Atomics.load(this.#words, active));
  }

  /** False where another thread went on from there. */
  goOnFrom(part: number, next: number): boolean {
    if (Atomics.compareExchange(this.#words, active, BigInt(part), BigInt(next)) !== BigInt(part))
      return false;
    Atomics.store(this.#words, bytes, 0n);
    return true;
  }

  /** The last part that was lost before anything in it was carried over; -1 where there is none. */
  get lost(): number {
    return Number(Atomics.load(this.#words, lostPart)) - 1;
  }

  lose(part: number): void {
    Atomics.store(this.#words, lostPart, BigInt(part) + 1n);
  }

  /** Bytes in the active part. */
  get bytes(): number {
    return Number(Atomics.load(this.#words, bytes));
  }

  addBytes(count: number): void {
    Atomics.add(this.#words, bytes, BigInt(count));
  }

  /** Bytes of the active part that came from the parts before it. */
  get carriedBytes(): number {
    return Number(Atomics.load(this.#words, carriedBytes));
  }

  carriedOver(count: number): void {
    Atomics.store(this.#words, carriedBytes, BigInt(count));
    this.addBytes(count);
  }

  /** Counts one write that has ended; a sync that begins after this covers it. */
  countWrite(): bigint {
    return Atomics.add(this.#words, written, 1n) + 1n;
  }

  get written(): bigint {
    return Atomics.load(this.#words, written);
  }

  get synced(): bigint {
    return Atomics.load(this.#words, synced);
  }

  /** The last write for which a sync failed. */
  get failed(): bigint {
    return Atomics.load(this.#words, failed);
  }

  raiseSynced(upTo: bigint): void {
    this.#raise(synced, upTo);
  }

  raiseFailed(upTo: bigint): void {
    this.#raise(failed, upTo);
  }

  /** Whose turn it is to sync: 0 where it is nobody's. */
  get leader(): bigint {
    return Atomics.load(this.#words, leader);
  }

  /** Takes the turn from `from`, where it is still theirs; null where it is not. */
  takeLead(from: bigint): bigint | null {
    const turn = Atomics.add(this.#words, turns, 1n) + 1n;
    return Atomics.compareExchange(this.#words, leader, from, turn) === from ? turn : null;
  }

  /** Does nothing where it was taken over. */
  endLead(turn: bigint): void {
    Atomics.compareExchange(this.#words, leader, turn, 0n);
    Atomics.notify(this.#words, leader);
  }

  /** Blocks until the turn of this leader has ended; false when it has not within `timeoutMs`. */
  waitForLeader(turn: bigint, timeoutMs: number): boolean {
    return Atomics.wait(this.#words, leader, turn, timeoutMs) !== 'timed-out';
  }

  #raise(word: number, value: bigint): void {
    let seen = Atomics.load(this.#words, word);
    while (seen < value) {
      const found = Atomics.compareExchange(this.#words, word, seen, value);
      if (found === seen) return;
      seen = found;
    }
  }
}
