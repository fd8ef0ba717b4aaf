import type { ThreadContext } from './context.ts';
import { blocks, unblocks } from './notes.ts';
import { block } from './standstill.ts';

export const mainBlocked: ThreadContext = {
  name: 'main-blocked',
  summary: 'sent from a worker while synchronous code blocks main’s loop',
  place: 'worker',
  mayHang: true,
  onMain: ({ signals, log, blockMs }) => {
    log(blocks('main'));
    signals.release();
    block(blockMs);
    log(unblocks('main'));
  },
};
