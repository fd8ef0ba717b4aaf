import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender's loop does not run again after its call, so no request leaves by luck. */
export const mainExiting: ThreadContext = {
  name: 'main-exiting',
  summary: 'main calls process.exit() while the worker’s notification is in flight',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs }) => {
    signals.release();
    signals.waitUntilCalled(blockMs);
    log({ kind: 'note', note: 'process-exiting', thread: 'main', text: 'main calls process.exit()' });
    process.exit(0);
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.called();
    park(standstillMs);
  },
};
