import { threadpoolSize } from '../measure/threadpool.ts';
import type { ThreadContext } from './context.ts';
import { starveThreadpool } from './threadpool.ts';

export const starved: ThreadContext = {
  name: 'starved',
  summary: 'the process’s libuv pool is saturated and the host is given by name',
  place: 'worker',
  resolvesHost: true,
  prepare: ({ log }) => {
    starveThreadpool();
    log({ kind: 'starved', threads: threadpoolSize(process.env) });
  },
};
