import type { ThreadContext } from './context.ts';
import { blocks, unblocks } from './notes.ts';
import { block } from './standstill.ts';

export const blocked: ThreadContext = {
  name: 'blocked',
  summary: 'another job blocks the worker’s loop right after the call',
  place: 'worker',
  callsOnce: true,
  mayHang: true,
  afterCalls: ({ log, name, standstillMs }) => {
    log(blocks(name));
    block(standstillMs);
    log(unblocks(name));
  },
};
