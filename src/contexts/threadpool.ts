import { read } from 'node:fs';

/** Threads in libuv's pool: https://nodejs.org/api/cli.html#uv_threadpool_sizesize */
export function threadpoolSize(env: NodeJS.ProcessEnv): number {
  const size = Number.parseInt(env.UV_THREADPOOL_SIZE ?? '', 10);
  return Number.isNaN(size) ? 4 : Math.min(1024, Math.max(1, size));
}

/**
 * Occupies every thread of the pool with a read that nobody answers: really saturated, and without a core's work, so
 * that other trials keep their speed. Needs a standard input that is a pipe on which nothing is written.
 */
export function starveThreadpool(): void {
  for (let thread = 0; thread < threadpoolSize(process.env); thread += 1) {
    read(0, Buffer.alloc(1), 0, 1, null, () => {});
  }
}
