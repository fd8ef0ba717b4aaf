/** Longest time, in ms, for which synchronous code waits before it looks again. */
const lookEveryMs = 5;

/**
 * Runs synchronous code that waits, as a job does that polls for a lock: the event loop of this thread is blocked. It
 * needs no core, so that other trials keep their speed.
 */
export function block(ms: number): void {
  const endsAt = performance.now() + ms;
  for (let left = ms; left > 0; left = endsAt - performance.now()) park(Math.min(left, lookEveryMs));
}

/** Parks this thread in `Atomics.wait`. */
export function park(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}
