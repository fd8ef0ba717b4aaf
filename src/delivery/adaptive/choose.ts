import type { Via } from '../outcome.ts';

/** What is known when a notification is sent. */
export interface SenderContext {
  readonly isMainThread: boolean;
  /** True when a journal keeps what is sent, which is read where the I/O thread is. */
  readonly isDurable: boolean;
  /** Event loop utilisation of the sending thread since its last send, 0..1. */
  readonly utilization: number;
  /** Requests of the sending thread's own that are under way. */
  readonly underWay: number;
}

/** Above this share of busy time, a loop may be late to write a request or to read its reply. */
const busyLoop = 0.5;

/** Above so many requests at once, another thread's core does more than the hand-over costs. */
const burst = 4;

/**
 * Picks the strategy for one notification. Only main's loop can be trusted to keep turning after the handler has
 * returned, and only while it is not busy; from every other thread the request is handed to the I/O thread.
 */
export function chooseStrategy({ isMainThread, isDurable, utilization, underWay }: SenderContext): Via {
  if (!isMainThread) return shared('the loop of a background thread may stop or end at any time');
  if (isDurable) return shared('the journal is kept there');
  if (utilization >= busyLoop) return shared(`main's loop is ${Math.round(utilization * 100)} % busy`);
  if (underWay >= burst) return shared(`${underWay} requests of main's own are under way`);
  return { strategy: 'fetch-in-worker', because: "main's loop is idle, so a hand-over would only cost time" };
}

function shared(because: string): Via {
  return { strategy: 'shared-pool', because };
}
