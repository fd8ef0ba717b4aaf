import type { ThreadContext } from './context.ts';

export const childProcess: ThreadContext = {
  name: 'child-process',
  summary: 'sent from a forked process, whose own main thread is the sender',
  place: 'child-process',
};
