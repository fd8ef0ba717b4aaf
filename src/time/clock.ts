import { performance } from 'node:perf_hooks';

/** Where this thread's `performance.now()` begins on the clock of `process.hrtime`, in ms; the latter allocates at each call. */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Monotonic time in ms, comparable between the processes and threads of one machine (`process.hrtime` has one origin). */
export function monotonicMs(): number {
  return originMs + performance.now();
}
