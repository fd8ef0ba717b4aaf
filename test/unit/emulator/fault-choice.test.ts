import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFaultChoice } from '../../../src/emulator/fault-choice.ts';
import { parseFaults } from '../../../src/emulator/faults.ts';

function strikes(specs: readonly string[], requests: number, seed = 1): (string | null)[] {
  const choice = createFaultChoice(parseFaults(specs), seed);
  return Array.from({ length: requests }, () => choice.next('chat.postMessage')?.kind ?? null);
}

describe('which requests a fault strikes', () => {
  it('is exact for every whole share of every hundred requests, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer(), (percent, seed) => {
        const struck = strikes([`hang:${percent}%`], 200, seed).filter((kind) => kind === 'hang');
        expect(struck).toHaveLength(percent * 2);
      }),
    );
  });

  it('gives each of several faults its full share, one fault a request', () => {
    const struck = strikes(['hang:10%', 'reset:5%', 'status-500:85%'], 100);
    expect(struck.filter((kind) => kind === 'hang')).toHaveLength(10);
    expect(struck.filter((kind) => kind === 'reset')).toHaveLength(5);
    expect(struck.filter((kind) => kind === 'status')).toHaveLength(85);
  });

  it('is not regular: a retry is not always spared', () => {
    const struck = strikes(['hang:50%'], 100);
    const repeats = struck.filter((kind, n) => kind === 'hang' && struck[n + 1] === 'hang');
    expect(repeats.length).toBeGreaterThan(5);
  });

  it('lets the first ones come before the shares', () => {
    expect(strikes(['reset', 'hang:first-2', 'rate-limit:first-1'], 5)).toEqual([
      'hang',
      'hang',
      'rate-limit',
      'reset',
      'reset',
    ]);
  });

  it('delays by the latency and up to the jitter', () => {
    const choice = createFaultChoice(parseFaults(['latency:50ms', 'jitter:20ms']), 1);
    const delays = Array.from({ length: 1000 }, () => choice.delayMs('chat.postMessage'));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThan(70);
    expect(new Set(delays).size).toBeGreaterThan(900);
  });
});
