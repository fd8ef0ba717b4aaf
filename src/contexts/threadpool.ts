import { read } from 'node:fs';
import { threadpoolSize } from '../measure/threadpool.ts';

/**
 * Occupies every thread of the pool with a read that nobody answers: really saturated, and without a core's work, so
 * that other trials keep their speed. Needs a standard input that is a pipe on which nothing is written.
 */
export function starveThreadpool(): void {
  for (let thread = 0; thread < threadpoolSize(process.env); thread += 1) {
    read(0, Buffer.alloc(1), 0, 1, null, () => {});
  }
}
