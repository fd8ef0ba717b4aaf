import type { ThreadContext } from './context.ts';

export const bullmq: ThreadContext = {
  name: 'bullmq',
  summary: 'sent from a BullMQ processor sandboxed on a worker thread',
  place: 'bullmq',
  mayHang: true,
};
