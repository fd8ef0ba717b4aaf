import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender stays in the turn of its call until the process has ended: whether a request slips out is no luck. */
export const mainExiting: ThreadContext = {
  name: 'main-exiting',
  summary: 'main calls process.exit() while the worker’s notification is in flight',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs }) => {
    signals.letGo();
    signals.waitUntilCalled(blockMs);
    log({ kind: 'process-exiting' });
    process.exit(0);
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.tellCalled();
    park(standstillMs);
  },
};
