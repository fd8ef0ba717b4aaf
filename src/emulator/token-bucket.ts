/** Lets `burst` calls through at once and one more every `refillMs`. */
export interface TokenBucket {
  /** 0 when the call may go through, else the ms to wait for the next chance. */
  take(nowMs: number): number;
}

export function createTokenBucket(burst: number, refillMs: number): TokenBucket {
  let tokens = burst;
  let filledAtMs = Number.NaN;
  return {
    take(nowMs) {
      if (!Number.isNaN(filledAtMs)) tokens = Math.min(burst, tokens + (nowMs - filledAtMs) / refillMs);
      filledAtMs = nowMs;
      if (tokens < 1) return (1 - tokens) * refillMs;
      tokens--;
      return 0;
    },
  };
}
