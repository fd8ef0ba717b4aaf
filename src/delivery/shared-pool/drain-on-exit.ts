import { writeSync } from 'node:fs';
import { onExitLast } from '../exit-listeners.ts';
import type { Board } from './board.ts';
import type { IoThreads } from './io-threads.ts';
import type { SharedPoolSender } from './shared-pool-sender.ts';

/** What is waited for when the process exits. */
interface Draining {
  readonly board: Board;
  readonly threads: IoThreads;
  readonly own: SharedPoolSender;
  /** How long, in ms, the I/O threads may take. */
  readonly timeoutMs: number;
}

/**
 * Lets the exit of the process wait until the I/O threads have delivered what they were given; returns what takes that back.
 * Other threads may still write the journal, so its lock stays until the process has ended.
 */
export function drainOnExit(draining: Draining): () => void {
  return onExitLast(() => {
    waitUntilDrained(draining);
    // Whoever sends from here on is another exit listener: no loop runs any more, so each one is waited for.
    draining.own.onHandedOver = () => waitUntilDrained(draining);
  });
}

function waitUntilDrained({ board, threads, own, timeoutMs }: Draining): void {
  // What had ended before is known to the program, or could be.
  own.settleEnded();
  threads.waitUntilDrained(timeoutMs);
  const notDelivered = own.settleEnded() + board.inFlight;
  if (notDelivered > 0) warnOfLoss(notDelivered);
}

/** Written at once: a warning of Node's own would come in an iteration of the event loop that does not come any more. */
function warnOfLoss(count: number): void {
  const what = count === 1 ? '1 notification was' : `${count} notifications were`;
  writeSync(
    2,
    `timer-notify: ${what} not delivered when the process ended; look in the channel, then send again\n`,
  );
}
