import { threadpoolSize } from '../measure/threadpool.ts';
import type { ThreadContext } from './context.ts';
import { starveThreadpool } from './threadpool.ts';

export const starved: ThreadContext = {
  name: 'starved',
  summary: 'the process’s libuv pool is saturated and the host is given by name',
  place: 'worker',
  mayHang: true,
  resolvesHost: true,
  prepare: ({ log }) => {
    starveThreadpool();
    log({
      kind: 'note',
      note: 'starved',
      thread: 'main',
      text: `all ${threadpoolSize(process.env)} threads of the libuv pool are busy`,
    });
  },
};
