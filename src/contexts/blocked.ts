import type { ThreadContext } from './context.ts';
import { spin } from './standstill.ts';

export const blocked: ThreadContext = {
  name: 'blocked',
  summary: 'another job blocks the worker’s loop right after the call',
  place: 'worker',
  callsOnce: true,
  keepsCpuBusy: true,
  afterCalls: ({ log, name, standstillMs }) => {
    log({ kind: 'blocked', thread: name });
    spin(standstillMs);
    log({ kind: 'unblocked', thread: name });
  },
};
