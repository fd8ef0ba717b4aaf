import { writeSync } from 'node:fs';
import type { DeliveryPath } from '../model/names.ts';
import { monotonicMs } from '../time/clock.ts';
import type { SendOutcome } from './outcome.ts';

/** An outcome as the thread that made the request knows it, also when nobody is left to report it to. */
export interface Settled {
  readonly kind: 'settled';
  readonly id: string;
  readonly path: DeliveryPath;
  readonly thread: string;
  readonly outcome: SendOutcome;
}

/** Writes one line of JSON before it returns, so that it leaves even when the process ends in the next statement. */
export function logOutcome(fd: number, settled: Settled): void {
  try {
    writeSync(fd, `${JSON.stringify({ atMs: monotonicMs(), ...settled })}\n`);
  } catch {
    // Whoever reads the log is gone: that must not touch the delivery.
  }
}
