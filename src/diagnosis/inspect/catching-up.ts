import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 100;
/** Whoever waits for the look is not to wait much longer. */
const longestMs = 10_000;

/** Waits until a loop has run, for at most as long as it was held up. */
export async function hasCaughtUp(
  hasRun: () => Promise<boolean>,
  heldMs: number,
  pauseMs = pollMs,
): Promise<boolean> {
  for (let left = Math.min(heldMs, longestMs); ; left -= pauseMs) {
    if (await hasRun()) return true;
    if (left <= 0) return false;
    await sleep(pauseMs);
  }
}
