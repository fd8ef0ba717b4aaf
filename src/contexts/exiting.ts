import type { ThreadContext } from './context.ts';
import { exits } from './notes.ts';

export const exiting: ThreadContext = {
  name: 'exiting',
  summary: 'the worker calls process.exit() when its handler has settled',
  place: 'worker',
  callsOnce: true,
  afterHandlers: ({ log, name }) => {
    log(exits(name));
    process.exit(0);
  },
};
