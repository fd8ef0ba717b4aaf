import { Bell } from './bell.ts';

/** Words of the board. */
const handedOver = 0;
const settled = 1;
const closed = 2;
const links = 3;
const firstThread = 4;

/** Words of each I/O thread. */
const state = 0;
const bell = 1;
const inFlight = 2;
const wordsPerThread = 3;

/** The most I/O threads that one pool can have. */
export const maxIoThreads = 8;

const states = { absent: 0, running: 1, retiring: 2, ended: 3, starting: 4 } as const;

export type IoThreadState = keyof typeof states;

/**
 * What all threads of one shared pool see: how many notifications were handed over and how many have ended, and how the
 * I/O threads are doing. It is shared memory, so main can read it, and wait on it, while its loop stands still in an
 * `exit` listener.
 */
export class Board {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;

  constructor(
    shared = new SharedArrayBuffer(
      (firstThread + maxIoThreads * wordsPerThread) * Int32Array.BYTES_PER_ELEMENT,
    ),
  ) {
    this.shared = shared;
    this.words = new Int32Array(shared);
  }

  /** Notifications handed over and not ended. */
  get inFlight(): number {
    return (Atomics.load(this.words, handedOver) - Atomics.load(this.words, settled)) | 0;
  }

  get isClosed(): boolean {
    return Atomics.load(this.words, closed) !== 0;
  }

  close(): void {
    Atomics.store(this.words, closed, 1);
  }

  /** A number that no other link of this pool has. */
  nextLink(): number {
    return Atomics.add(this.words, links, 1);
  }

  bellOf(thread: number): Bell {
    return new Bell(this.words, firstThread + thread * wordsPerThread + bell);
  }

  setState(thread: number, value: IoThreadState): void {
    this.#write(thread, state, states[value]);
    this.wakeWaiting();
  }

  /** I/O threads that take on new notifications. */
  get runningThreads(): number {
    let running = 0;
    for (let thread = 0; thread < maxIoThreads; thread += 1) {
      if (this.#read(thread, state) === states.running) running += 1;
    }
    return running;
  }

  isAbsent(thread: number): boolean {
    return this.#read(thread, state) === states.absent;
  }

  /** The running I/O thread with the least to do; one that is about to be started anew where none runs. */
  leastLoadedThread(): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let thread = 0; thread < maxIoThreads; thread += 1) {
      const value = this.#read(thread, state);
      if (value === states.absent) continue;
      const load = value === states.running ? this.#read(thread, inFlight) : Number.MAX_SAFE_INTEGER;
      if (load >= least) continue;
      least = load;
      best = thread;
    }
    return Math.max(0, best);
  }

  /** The word that counts the notifications handed to an I/O thread and not ended. */
  inFlightWordOf(thread: number): number {
    return firstThread + thread * wordsPerThread + inFlight;
  }

  /** Wakes the threads that wait for a change of what is in flight. */
  wakeWaiting(): void {
    Atomics.notify(this.words, settled);
  }

  /** Resolves when nothing is in flight. Does not keep the calling thread alive. */
  async drained(): Promise<void> {
    while (this.inFlight > 0) {
      const seen = Atomics.load(this.words, settled);
      if (this.inFlight <= 0) return;
      const waiting = Atomics.waitAsync(this.words, settled, seen);
      if (waiting.async) await waiting.value;
    }
  }

  /** Blocks this thread until nothing is in flight, no I/O thread is left, or `timeoutMs` has passed. */
  waitUntilDrained(timeoutMs: number): void {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const seen = Atomics.load(this.words, settled);
      const leftMs = endsAt - performance.now();
      if (this.inFlight <= 0 || leftMs <= 0 || !this.#anyThreadLeft()) return;
      Atomics.wait(this.words, settled, seen, leftMs);
    }
  }

  #anyThreadLeft(): boolean {
    for (let thread = 0; thread < maxIoThreads; thread += 1) {
      const value = this.#read(thread, state);
      if (value !== states.absent && value !== states.ended) return true;
    }
    return false;
  }

  #read(thread: number, word: number): number {
    return Atomics.load(this.words, firstThread + thread * wordsPerThread + word);
  }

  #write(thread: number, word: number, value: number): void {
    Atomics.store(this.words, firstThread + thread * wordsPerThread + word, value);
  }
}

/**
 * Counts and publishes one notification. The words must change together, and a thread can be terminated at any call of a
 * function, but not between these built-ins.
 */
export function publish(board: Int32Array, thread: number, link: Int32Array, written: number): void {
  Atomics.add(board, handedOver, 1);
  Atomics.add(board, thread, 1);
  Atomics.add(link, written, 1);
}

/** What marks one record as ended, in its segment and in its link's list of ended ones. */
export interface EndOfRecord {
  readonly segment: Int32Array;
  readonly state: number;
  readonly ended: number;
  readonly entry: number;
  readonly slot: number;
  readonly tail: number;
}

/** Marks and counts one notification as ended and tells its link; together, for the same reason. */
export function publishEnd(
  board: Int32Array,
  thread: number,
  link: Int32Array,
  { segment, state, ended, entry, slot, tail }: EndOfRecord,
): void {
  Atomics.store(segment, state, ended);
  Atomics.store(link, entry, slot);
  Atomics.add(link, tail, 1);
  Atomics.sub(board, thread, 1);
  Atomics.add(board, settled, 1);
}
