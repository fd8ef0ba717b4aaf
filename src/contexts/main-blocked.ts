import type { ThreadContext } from './context.ts';
import { blocks, unblocks } from './notes.ts';
import { spin } from './standstill.ts';

export const mainBlocked: ThreadContext = {
  name: 'main-blocked',
  summary: 'sent from a worker while synchronous code blocks main’s loop',
  place: 'worker',
  mayHang: true,
  keepsCpuBusy: true,
  onMain: ({ signals, log, blockMs }) => {
    log(blocks('main'));
    signals.release();
    spin(blockMs);
    log(unblocks('main'));
  },
};
