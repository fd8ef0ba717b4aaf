import type { ThreadContext } from './context.ts';

export const nestedWorker: ThreadContext = {
  name: 'nested-worker',
  summary: 'sent from a worker started by a worker',
  place: 'nested-worker',
};
