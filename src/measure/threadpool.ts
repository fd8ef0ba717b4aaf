/** Threads in libuv's pool: https://nodejs.org/api/cli.html#uv_threadpool_sizesize */
export function threadpoolSize(env: NodeJS.ProcessEnv): number {
  const size = Number.parseInt(env.UV_THREADPOOL_SIZE ?? '', 10);
  return Number.isNaN(size) ? 4 : Math.min(1024, Math.max(1, size));
}
