import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../../src/emulator/token-bucket.ts';

describe('a token bucket of 2 that refills once a second', () => {
  it('lets the burst through, then says how long to wait', () => {
    const bucket = createTokenBucket(2, 1000);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 1000]);
    expect(bucket.take(400)).toBe(600);
    expect(bucket.take(1000)).toBe(0);
  });

  it('saves up no more than the burst', () => {
    const bucket = createTokenBucket(2, 1000);
    bucket.take(0);
    expect([bucket.take(60_000), bucket.take(60_000), bucket.take(60_000)]).toEqual([0, 0, 1000]);
  });
});
