import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../src/measure/histogram.ts';

const latency = fc.double({ min: 0, max: 3_600_000, noNaN: true });
const latencies = fc.array(latency, { minLength: 1, maxLength: 300 });

describe('a latency histogram', () => {
  it('has no summary before the first sample', () => {
    expect(LatencyHistogram.empty().summary()).toBeNull();
  });

  it('keeps minimum and maximum exact', () => {
    fc.assert(
      fc.property(latencies, (samples) => {
        const summary = LatencyHistogram.of(samples).summary();
        expect(summary?.min).toBe(Math.min(...samples));
        expect(summary?.max).toBe(Math.max(...samples));
      }),
    );
  });

  it('gives each percentile to within 0.1 % or a microsecond of the true rank', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(50, 90, 99, 99.9), (samples, percentile) => {
        const sorted = [...samples].sort((a, b) => a - b);
        const truth = sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length - 1e-9) - 1)] ?? 0;
        const seen = LatencyHistogram.of(samples).percentile(percentile);
        expect(Math.abs(seen - truth)).toBeLessThanOrEqual(Math.max(0.0011, truth * 0.0011));
      }),
    );
  });

  it('survives encoding with every figure unchanged', () => {
    fc.assert(
      fc.property(latencies, (samples) => {
        const before = LatencyHistogram.of(samples);
        const summary = before.summary();
        if (summary === null) throw new Error('no sample');
        const after = LatencyHistogram.decode(before.encode(), summary);
        expect([...after.counts()]).toEqual([...before.counts()]);
        expect({ ...after.summary(), mean: 0 }).toEqual({ ...summary, mean: 0 });
        expect(after.summary()?.mean).toBeCloseTo(summary.mean, 6);
      }),
    );
  });

  it.each([0.001, 1, 24.2, 534.3, 4100])('ends where its longest latency does: %s ms', (longest) => {
    const encoded = LatencyHistogram.of([longest / 3, longest]).encode();
    const { highestTrackableValue } = decodeFromCompressedBase64(encoded, 32, false);
    expect(Number(highestTrackableValue)).toBeGreaterThanOrEqual(longest * 1000);
    expect(Number(highestTrackableValue)).toBeLessThanOrEqual(Math.max(2, longest * 1000 + 1));
  });

  it('merged from shards equals the histogram of all samples', () => {
    fc.assert(
      fc.property(fc.array(latencies, { minLength: 1, maxLength: 4 }), (shards) => {
        const whole = LatencyHistogram.of(shards.flat());
        const merged = LatencyHistogram.empty();
        for (const shard of shards) {
          const recorded = LatencyHistogram.of(shard);
          const summary = recorded.summary();
          if (summary !== null) merged.add(LatencyHistogram.decode(recorded.encode(), summary));
        }
        expect([...merged.counts()]).toEqual([...whole.counts()]);
        expect({ ...merged.summary(), mean: 0 }).toEqual({ ...whole.summary(), mean: 0 });
      }),
    );
  });

  it('counts a negative latency, which only clock granularity can cause, as zero', () => {
    expect(LatencyHistogram.of([-0.001]).summary()?.min).toBe(0);
  });

  const summary = { min: 1, mean: 1, p50: 1, p90: 1, p99: 1, p999: 1, max: 1 };
  const encodedOf = (payload: Buffer) =>
    Buffer.concat([Buffer.from([0x1c, 0x84, 0x93, 0x14, 0, 0, 0, 0]), deflateSync(payload)]).toString(
      'base64',
    );

  it('refuses to inflate a small text to gigabytes', () => {
    const bomb = encodedOf(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => LatencyHistogram.decode(bomb, summary)).toThrow(RangeError);
  });

  it('refuses the counts of another resolution, which take more memory', () => {
    const header = Buffer.alloc(40);
    header.writeInt32BE(0x1c849313, 0);
    header.writeInt32BE(5, 12);
    header.writeBigInt64BE(1n, 16);
    header.writeBigInt64BE(2n ** 52n, 24);
    expect(() => LatencyHistogram.decode(encodedOf(header), summary)).toThrow('another resolution');
  });

  it.each(['', 'x', '%%%', encodedOf(Buffer.from('no histogram'))])('refuses what is none: %j', (encoded) => {
    expect(() => LatencyHistogram.decode(encoded, summary)).toThrow();
  });
});
