import { describe, expect, it } from 'vitest';
import { judgeLoad } from '../../../../src/delivery/shared-pool/io-thread-scaling.ts';

describe('the load of the I/O threads', () => {
  it.each([
    ['saturated', [0.95]],
    ['saturated', [0.9, 1]],
    ['right', [0.95, 0.5]],
    ['right', [0.4, 0.4]],
    ['roomy', [0.3, 0.3]],
    ['roomy', [0.5, 0.4, 0.3]],
    ['right', [0.5]],
    ['right', []],
  ])('is %s at utilizations of %j', (judgement, utilizations) => {
    expect(judgeLoad(utilizations)).toBe(judgement);
  });

  it('of one idle thread leaves nothing to retire', () => {
    expect(judgeLoad([0.01])).toBe('right');
  });
});
