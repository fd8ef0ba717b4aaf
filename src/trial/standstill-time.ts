/** How long main blocks, in ms: a little longer than the patience, so that what waits for main comes late. */
export function blockMs(patienceMs: number): number {
  return patienceMs + 200;
}

/** How long a trial is watched after the patience, in ms, for what comes late and for a timeout that fires after all. */
export function watchMs(patienceMs: number): number {
  return Math.max(500, patienceMs / 2);
}

/** How long the loop of a sending thread is stopped at the most, in ms: longer than its trial is watched. */
export function standstillMs(patienceMs: number): number {
  return patienceMs + watchMs(patienceMs) + 2000;
}
