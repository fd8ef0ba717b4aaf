import type { ThreadContext } from './context.ts';

export const bree: ThreadContext = {
  name: 'bree',
  summary: 'sent from a Bree job, which says that it is done and exits',
  place: 'bree',
  mayHang: true,
};
