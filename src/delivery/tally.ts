import type { SendOutcome } from './outcome.ts';
import type { DeliveryOptions } from './strategy.ts';

/** Words of the shared memory before the latencies. */
const words = { sent: 0, delivered: 1, failed: 2, 'timed-out': 3, latencySumUs: 4, closed: 5 } as const;
const firstBucket = Object.keys(words).length;

/** Latencies are counted in units of 1/16 ms, 16 buckets an octave: each is right to within 1/16 of its value. */
const unitsPerMs = 16;
const bucketsPerOctave = 16;
const bucketBits = Math.log2(bucketsPerOctave);
const maxUnits = 2 ** 31 - 1;
const bucketCount = bucketOf(maxUnits) + 1;

/** What one tally held at one moment; two of them subtract to what happened between. */
export interface TallyReading {
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly latencySumMs: number;
  /** Delivered notifications by bucket of latency. */
  readonly latencies: readonly number[];
}

/**
 * Counts the notifications of every thread of one notifier in shared memory: an outcome is counted by the thread that
 * learns it first, so that it counts also when the sending thread is parked or gone.
 */
export class Tally {
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(shared = new SharedArrayBuffer((firstBucket + bucketCount) * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared);
  }

  /** From now on every thread's sends are refused. */
  close(): void {
    Atomics.store(this.#words, words.closed, 1n);
  }

  get isClosed(): boolean {
    return this.#load(words.closed) !== 0;
  }

  send(): void {
    this.#add(words.sent, 1n);
  }

  /** `latencyMs` counts from the call of `send`. */
  settle(status: SendOutcome['status'], latencyMs: number): void {
    this.#add(words[status], 1n);
    if (status !== 'delivered') return;
    this.#add(words.latencySumUs, BigInt(Math.round(latencyMs * 1000)));
    this.#add(firstBucket + bucketOf(Math.round(latencyMs * unitsPerMs)), 1n);
  }

  read(): TallyReading {
    return {
      sent: this.#load(words.sent),
      delivered: this.#load(words.delivered),
      failed: this.#load(words.failed),
      timedOut: this.#load(words['timed-out']),
      latencySumMs: this.#load(words.latencySumUs) / 1000,
      latencies: Array.from({ length: bucketCount }, (_, bucket) => this.#load(firstBucket + bucket)),
    };
  }

  #add(word: number, by: bigint): void {
    Atomics.add(this.#words, word, by);
  }

  #load(word: number): number {
    return Number(Atomics.load(this.#words, word));
  }
}

const tallies = new WeakMap<SharedArrayBuffer, Tally>();

/** The tally that the options carry, as this thread sees it; null where nothing is counted. */
export function tallyOf({ tally }: Pick<DeliveryOptions, 'tally'>): Tally | null {
  if (tally === undefined) return null;
  const known = tallies.get(tally);
  if (known !== undefined) return known;
  const opened = new Tally(tally);
  tallies.set(tally, opened);
  return opened;
}

/** What happened after `before` and until `after`. */
export function between(before: TallyReading, after: TallyReading): TallyReading {
  return {
    sent: after.sent - before.sent,
    delivered: after.delivered - before.delivered,
    failed: after.failed - before.failed,
    timedOut: after.timedOut - before.timedOut,
    latencySumMs: after.latencySumMs - before.latencySumMs,
    latencies: after.latencies.map((count, bucket) => count - (before.latencies[bucket] ?? 0)),
  };
}

/** The latency in ms that a share (0..1) of the delivered notifications does not pass; null where there are none. */
export function latencyAt({ delivered, latencies }: TallyReading, share: number): number | null {
  if (delivered <= 0) return null;
  let left = Math.max(1, Math.ceil(share * delivered));
  for (const [bucket, count] of latencies.entries()) {
    left -= count;
    if (left <= 0) return upperEdgeMs(bucket);
  }
  return upperEdgeMs(bucketCount - 1);
}

/** How many of the delivered notifications took `ms` or less, to within one bucket. */
export function deliveredWithin({ latencies }: TallyReading, ms: number): number {
  return latencies.reduce((sum, count, bucket) => (upperEdgeMs(bucket) <= ms ? sum + count : sum), 0);
}

function bucketOf(rawUnits: number): number {
  const units = Math.min(Math.max(0, rawUnits), maxUnits);
  if (units < bucketsPerOctave) return units;
  const octave = 31 - Math.clz32(units) - bucketBits;
  return (octave + 1) * bucketsPerOctave + (units >> octave) - bucketsPerOctave;
}

/** The largest latency that falls into the bucket. */
function upperEdgeMs(bucket: number): number {
  if (bucket < bucketsPerOctave) return bucket / unitsPerMs;
  const octave = Math.floor(bucket / bucketsPerOctave) - 1;
  const lowest = ((bucket % bucketsPerOctave) + bucketsPerOctave) * 2 ** octave;
  return (lowest + 2 ** octave - 1) / unitsPerMs;
}
