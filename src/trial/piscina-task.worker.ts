import { parks } from '../contexts/notes.ts';
import { threadName } from '../delivery/thread-name.ts';
import { logEvent } from './event-log.ts';
import { expireHosted, prepareHosted } from './hosted-expiry.ts';

const thread = threadName();
const wait = Atomics.wait;

// Parking is Piscina's own doing; it is only written down here, before it happens.
Atomics.wait = ((array: Int32Array, index: number, value: number, timeout?: number) => {
  logEvent(parks(thread));
  return wait(array, index, value, timeout);
}) as typeof Atomics.wait;

/** A task of the pool. */
export default expireHosted;
export const prepare = prepareHosted;
