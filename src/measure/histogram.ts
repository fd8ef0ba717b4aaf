import { inflateSync } from 'node:zlib';
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, JsHistogram } from 'hdr-histogram-js';
import type { LatencySummary } from '../model/cell.ts';

/** A value and how many samples lie at it, to within the histogram's 0.1 %. */
export interface LatencyCount {
  readonly ms: number;
  readonly count: number;
}

const significantDigits = 3;

/**
 * Latencies in ms, kept to three significant digits of a microsecond count in an HDR histogram; min, mean and max
 * are exact. Histograms of several runs merge into the one that a single run would have recorded.
 */
export class LatencyHistogram {
  readonly #counts: JsHistogram;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sum = 0;

  private constructor(counts: unknown) {
    if (!(counts instanceof JsHistogram)) throw new TypeError('not a JavaScript HDR histogram');
    this.#counts = counts;
  }

  static empty(): LatencyHistogram {
    return new LatencyHistogram(
      build({ bitBucketSize: 32, autoResize: true, numberOfSignificantValueDigits: significantDigits }),
    );
  }

  static of(latenciesMs: Iterable<number>): LatencyHistogram {
    const histogram = LatencyHistogram.empty();
    for (const ms of latenciesMs) histogram.record(ms);
    return histogram;
  }

  /**
   * Reads what `encode` wrote. The encoding holds the counts; the exact figures come from the summary beside it.
   * @throws Error when `encoded` is no HDR histogram as `encode` writes it.
   */
  static decode(encoded: string, { min, mean, max }: LatencySummary): LatencyHistogram {
    refuseOversized(encoded);
    const histogram = new LatencyHistogram(decodeFromCompressedBase64(encoded, 32));
    histogram.#counts.autoResize = true;
    histogram.#min = min;
    histogram.#max = max;
    histogram.#sum = mean * histogram.count;
    return histogram;
  }

  get count(): number {
    return this.#counts.totalCount;
  }

  record(ms: number): void {
    const latency = Math.max(0, ms);
    this.#counts.recordValue(Math.round(latency * 1000));
    this.#min = Math.min(this.#min, latency);
    this.#max = Math.max(this.#max, latency);
    this.#sum += latency;
  }

  add(other: LatencyHistogram): void {
    if (other.count === 0) return;
    this.#counts.add(other.#counts);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    this.#sum += other.#sum;
  }

  /** The latency that `percentile` (0..100) percent of the samples do not pass. */
  percentile(percentile: number): number {
    const ms = this.#counts.getValueAtPercentile(percentile) / 1000;
    return Math.min(Math.max(ms, this.#min), this.#max);
  }

  /** Null where nothing was recorded. */
  summary(): LatencySummary | null {
    if (this.count === 0) return null;
    return {
      min: this.#min,
      mean: this.#sum / this.count,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      max: this.#max,
    };
  }

  /** Every recorded value, ascending. */
  *counts(): Generator<LatencyCount> {
    const values = this.#counts.recordedValuesIterator;
    values.reset();
    while (values.hasNext()) {
      const { valueIteratedTo, countAtValueIteratedTo } = values.next();
      yield { ms: valueIteratedTo / 1000, count: countAtValueIteratedTo };
    }
  }

  /**
   * HdrHistogram's own V2 compressed encoding in base64, values in microseconds: other HDR tools can read it. Its range
   * ends at the maximum, and not where the last doubling of the counts did.
   */
  encode(): string {
    const ending = build({
      bitBucketSize: 32,
      highestTrackableValue: Math.max(2, Math.ceil(this.#max * 1000)),
      numberOfSignificantValueDigits: significantDigits,
    });
    ending.add(this.#counts);
    return encodeIntoCompressedBase64(ending);
  }
}

/** Above the most, in bytes, that the counts of every trackable value take. */
const mostBytes = 1024 * 1024;

/** Cookie and length come before what is compressed. */
const compressedFrom = 8;

/**
 * A stored report may be anybody's: a small text could else inflate to gigabytes, and a header could ask for as much.
 * @throws Error where it does, or is no histogram.
 */
function refuseOversized(encoded: string): void {
  const compressed = Buffer.from(encoded, 'base64').subarray(compressedFrom);
  const bytes = inflateSync(compressed, { maxOutputLength: mostBytes });
  if (bytes.readInt32BE(12) !== significantDigits) throw new RangeError('it has another resolution');
}
