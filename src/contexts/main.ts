import type { ThreadContext } from './context.ts';

export const main: ThreadContext = {
  name: 'main',
  summary: 'sent from the main thread, whose loop keeps running',
  place: 'main',
};
