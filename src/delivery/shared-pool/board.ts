import { Bell, bellStates } from './bell.ts';

/** Words of the board. */
const ended = 0;
const closed = 1;
const links = 2;
const firstThread = 3;

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
 * What all threads of one shared pool see: how many notifications are in flight, and how the I/O threads are doing. It is
 * shared memory, so main can read it, and wait on it, while its loop does not run in an `exit` listener.
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

  /**
   * Notifications handed over and not ended: never fewer than there are. A thread that was terminated in the middle of
   * `send` may have counted one that it has not handed over, until the I/O thread corrects that.
   */
  get inFlight(): number {
    let sum = 0;
    for (let thread = 0; thread < maxIoThreads; thread += 1) sum += Math.max(0, this.inFlightOf(thread));
    return sum;
  }

  inFlightOf(thread: number): number {
    return this.#read(thread, inFlight);
  }

  /** Takes `excess` off the count of an I/O thread's notifications. */
  correctInFlight(thread: number, excess: number): void {
    Atomics.sub(this.words, this.#inFlightWordOf(thread), excess);
    Atomics.add(this.words, ended, 1);
    this.wakeWaiting();
  }

  /** The thread is gone, and with it all that it had. */
  setAbsent(thread: number): void {
    this.#write(thread, inFlight, 0);
    this.setState(thread, 'absent');
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
    return new Bell(this.words, this.#bellWordOf(thread));
  }

  /** Where the notifications handed to an I/O thread are counted, and what is rung for it. */
  readerWordsOf(thread: number): ReaderWords {
    return { words: this.words, inFlight: this.#inFlightWordOf(thread), bell: this.#bellWordOf(thread) };
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

  /** Wakes the threads that wait for a change of what is in flight. */
  wakeWaiting(): void {
    Atomics.notify(this.words, ended);
  }

  /** Resolves when nothing is in flight. Does not keep the calling thread alive. */
  async drained(): Promise<void> {
    while (this.inFlight > 0) {
      const seen = Atomics.load(this.words, ended);
      if (this.inFlight <= 0) return;
      const waiting = Atomics.waitAsync(this.words, ended, seen);
      if (waiting.async) await waiting.value;
    }
  }

  /** Blocks this thread; false when `timeoutMs` has passed and there is still something to wait for. */
  waitUntilDrained(timeoutMs: number): boolean {
    const endsAt = performance.now() + timeoutMs;
    for (;;) {
      const seen = Atomics.load(this.words, ended);
      const leftMs = endsAt - performance.now();
      if (this.inFlight <= 0 || !this.#anyThreadLeft()) return true;
      if (leftMs <= 0) return false;
      Atomics.wait(this.words, ended, seen, leftMs);
    }
  }

  #anyThreadLeft(): boolean {
    for (let thread = 0; thread < maxIoThreads; thread += 1) {
      const value = this.#read(thread, state);
      if (value !== states.absent && value !== states.ended) return true;
    }
    return false;
  }

  #inFlightWordOf(thread: number): number {
    return firstThread + thread * wordsPerThread + inFlight;
  }

  #bellWordOf(thread: number): number {
    return firstThread + thread * wordsPerThread + bell;
  }

  #read(thread: number, word: number): number {
    return Atomics.load(this.words, firstThread + thread * wordsPerThread + word);
  }

  #write(thread: number, word: number, value: number): void {
    Atomics.store(this.words, firstThread + thread * wordsPerThread + word, value);
  }
}

/** Where the notifications of one I/O thread are counted, and what is rung for it. */
export interface ReaderWords {
  /** The board. */
  readonly words: Int32Array;
  readonly inFlight: number;
  readonly bell: number;
}

/** What one commit changes in a link's word. */
interface Step {
  readonly before: number;
  readonly after: number;
}

/**
 * Counts one notification, lets its reader see it and wakes the reader; false, and nothing counted, where `word` is not as
 * it was before. A thread can be terminated between any two of these steps. One of them alone makes the notification
 * visible; what is missing of the others is made good by the reader, which looks for it at intervals.
 */
export function commit(
  { words, inFlight, bell }: ReaderWords,
  link: Int32Array,
  word: number,
  { before, after }: Step,
): boolean {
  // First, so that nothing is under way which was not counted.
  Atomics.add(words, inFlight, 1);
  if (Atomics.compareExchange(link, word, before, after) !== before) {
    Atomics.sub(words, inFlight, 1);
    Atomics.add(words, ended, 1);
    Atomics.notify(words, ended);
    return false;
  }
  if (Atomics.compareExchange(words, bell, bellStates.asleep, bellStates.awake) === bellStates.asleep)
    Atomics.notify(words, bell);
  return true;
}

/** The head of a link's list of ended records; each record links the one that ended before it. */
interface EndedList {
  readonly words: Int32Array;
  readonly head: number;
}

interface EndedRecord {
  readonly words: Int32Array;
  /** The word that links the record that ended before. */
  readonly next: number;
  readonly slot: number;
}

/** A word that says, while it is not 0, that a record is under way. */
export interface InProgressEntry {
  readonly words: Int32Array;
  readonly word: number;
}

/**
 * Counts one notification as ended and puts it at the head of its link's list. The I/O thread may die between any two of
 * these steps: then the sender learns nothing of it until its own deadline, and nobody posts it again.
 */
export function publishEnd(
  { words: board, inFlight }: Omit<ReaderWords, 'bell'>,
  { words: link, head }: EndedList,
  { words: segment, next, slot }: EndedRecord,
  { words: inProgress, word }: InProgressEntry,
): void {
  Atomics.store(inProgress, word, 0);
  const first = Atomics.load(link, head);
  segment[next] = first;
  if (Atomics.compareExchange(link, head, first, slot + 1) !== first) {
    // Nobody but this thread adds, so the sender has just taken the whole list.
    segment[next] = 0;
    Atomics.store(link, head, slot + 1);
  }
  Atomics.sub(board, inFlight, 1);
  Atomics.add(board, ended, 1);
}
