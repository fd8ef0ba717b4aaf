import type { ThreadContext } from './context.ts';

export const piscina: ThreadContext = {
  name: 'piscina',
  summary: 'sent from a task of a Piscina pool with its default options',
  place: 'piscina',
  mayHang: true,
};
