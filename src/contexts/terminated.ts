import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender stays in the turn of its call until it is ended: whether a request slips out is no matter of luck. */
export const terminated: ThreadContext = {
  name: 'terminated',
  summary: 'its parent terminates the worker in flight',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs, terminateSender }) => {
    signals.letGo();
    signals.waitUntilCalled(blockMs);
    log({ kind: 'terminating', thread: 'sender' });
    terminateSender();
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.tellCalled();
    park(standstillMs);
  },
};
