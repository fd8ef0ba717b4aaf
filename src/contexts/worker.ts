import type { ThreadContext } from './context.ts';

export const worker: ThreadContext = {
  name: 'worker',
  summary: 'sent from a worker thread, whose loop keeps running',
  place: 'worker',
};
