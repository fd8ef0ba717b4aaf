import { channel } from 'node:diagnostics_channel';
import type { DeliveryOptions } from './strategy.ts';

/** Told on main when the I/O thread has ended unasked and another was started in its place. */
export interface IoThreadRestarted {
  /** Those of the host whose thread it is. */
  readonly options: DeliveryOptions;
  /** What ended it; null where it said nothing. */
  readonly error: unknown;
}

export const ioThreadRestarts = channel('timer-notify:io-thread-restarted');
