/** Runs synchronous code: the event loop of this thread is blocked, and a core is busy. */
export function spin(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}

/** Parks this thread in `Atomics.wait`. */
export function park(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}
