import { describe, expect, it } from 'vitest';
import { caveats } from '../../../src/measure/caveats.ts';
import type { Cell, Round } from '../../../src/model/cell.ts';
import { benchCell, sampleLoad } from '../report/sample-report.ts';

const steady = benchCell(
  Array.from({ length: 20_000 }, (_, index) => 2 + (index % 10) / 10),
  { delivered: 20_000 },
);

function codes(cell: Cell): string[] {
  return caveats([cell], sampleLoad, new Set()).map(({ code }) => code);
}

function withRounds(changes: readonly Partial<Round>[]): Cell {
  const [round] = steady.rounds ?? [];
  if (round === undefined) throw new Error('the sample has no round');
  return { ...steady, rounds: changes.map((change) => ({ ...round, ...change })) };
}

const latency = (p50: number) => ({ min: p50, mean: p50, p50, p90: p50, p99: p50, p999: p50, max: p50 });

describe('caveats', () => {
  it('has nothing to say about a steady run of many samples', () => {
    expect(codes(steady)).toEqual([]);
  });

  it('names rounds whose medians swing', () => {
    expect(codes(withRounds([{ latencyMs: latency(2) }, { latencyMs: latency(9) }]))).toEqual([
      'noisy-rounds',
    ]);
  });

  it('does not call microseconds noise', () => {
    expect(codes(withRounds([{ latencyMs: latency(0.1) }, { latencyMs: latency(0.3) }]))).toEqual([]);
  });

  it('names a generator that offered more than 1 % less than asked', () => {
    expect(codes(withRounds([{ offeredPerS: 197 }]))).toEqual(['generator-saturated']);
    expect(codes(withRounds([{ offeredPerS: 199 }]))).toEqual([]);
  });

  it('does not call one hiccup in a short round saturation', () => {
    expect(codes(withRounds([{ sent: 100, offeredPerS: 190 }]))).toEqual([]);
  });

  it('names the emulator when it was the bottleneck', () => {
    const { resources } = steady;
    if (resources === undefined) throw new Error('the sample has no resources');
    expect(codes({ ...steady, resources: { ...resources, emulatorUtilization: 0.97 } })).toEqual([
      'emulator-bottleneck',
    ]);
  });

  it('names leaked sockets', () => {
    const { resources } = steady;
    if (resources === undefined) throw new Error('the sample has no resources');
    expect(codes({ ...steady, resources: { ...resources, leakedSockets: 3 } })).toEqual(['sockets-leaked']);
  });

  it('says which percentiles rest on few samples', () => {
    const [warning] = caveats([benchCell([1, 2, 3, 4])], sampleLoad, new Set());
    expect(warning?.text).toMatch(/^p99 and p99.9 rest on few samples \(4 in the smallest cell\)/);
  });

  it('names the contexts in which a round is sent at once', () => {
    const [warning] = caveats([{ ...steady, context: 'blocked' }, steady], sampleLoad, new Set(['blocked']));
    expect(warning?.code).toBe('sent-at-once');
    expect(warning?.text).toMatch(/^in blocked the sender’s loop stops/);
  });
});
