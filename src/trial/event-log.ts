import { writeSync } from 'node:fs';
import { park } from '../contexts/standstill.ts';
import { errorCode } from '../file-error.ts';
import { monotonicMs } from '../time/clock.ts';
import type { TrialEvent } from './trial-event.ts';

type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs'> : never;
export type LogEvent = (event: Untimed<TrialEvent>) => void;

/** File descriptor on which a trial's process writes its events. */
export const eventFd = 3;

/** Writes an event before it returns: it leaves even when the thread's loop stops, or ends, in the next statement. */
export const logEvent: LogEvent = (event) => logLine({ atMs: monotonicMs(), ...event });

/** The same for anything else that a trial reports. */
export function logLine(value: object): void {
  writeAll(Buffer.from(`${JSON.stringify(value)}\n`));
}

function writeAll(bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(eventFd, bytes, written);
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') return;
      park(1);
    }
  }
}
