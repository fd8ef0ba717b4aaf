import type { ThreadContext } from './context.ts';
import { blocks, unblocks } from './notes.ts';
import { spin } from './standstill.ts';

export const blocked: ThreadContext = {
  name: 'blocked',
  summary: 'another job blocks the worker’s loop right after the call',
  place: 'worker',
  callsOnce: true,
  mayHang: true,
  keepsCpuBusy: true,
  afterCalls: ({ log, name, standstillMs }) => {
    log(blocks(name));
    spin(standstillMs);
    log(unblocks(name));
  },
};
