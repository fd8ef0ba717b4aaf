import type { ThreadContext } from './context.ts';

export const exiting: ThreadContext = {
  name: 'exiting',
  summary: 'the worker calls process.exit() when its handler has settled',
  place: 'worker',
  callsOnce: true,
  afterHandlers: ({ log, name }) => {
    log({ kind: 'exiting', thread: name });
    process.exit(0);
  },
};
