import type { StrategyName } from '../strategy.ts';

/** What is known about the sending thread. */
export interface SenderContext {
  readonly isMainThread: boolean;
  /** Event loop utilisation of the sending thread since its last send, 0..1. */
  readonly utilization: number;
}

/** Above this share of busy time, a loop may be late to write a request or to read its reply. */
const busyLoop = 0.5;

/**
 * Picks the strategy for one notification. Only main's loop can be trusted to keep turning after the handler has
 * returned, and only while it is not busy; from every other thread the request is handed to the I/O thread.
 */
export function chooseStrategy({ isMainThread, utilization }: SenderContext): StrategyName {
  return isMainThread && utilization < busyLoop ? 'fetch-in-worker' : 'shared-pool';
}
