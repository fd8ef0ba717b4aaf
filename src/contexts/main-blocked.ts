import type { ThreadContext } from './context.ts';
import { spin } from './standstill.ts';

export const mainBlocked: ThreadContext = {
  name: 'main-blocked',
  summary: 'sent from a worker while synchronous code blocks main’s loop',
  place: 'worker',
  keepsCpuBusy: true,
  onMain: ({ signals, log, blockMs }) => {
    log({ kind: 'blocked', thread: 'main' });
    signals.letGo();
    spin(blockMs);
    log({ kind: 'unblocked', thread: 'main' });
  },
};
