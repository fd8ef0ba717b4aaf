import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender's loop does not run again after its call: whether a request slips out is no matter of luck. */
export const terminated: ThreadContext = {
  name: 'terminated',
  summary: 'its parent terminates the worker in flight',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs, terminateSender }) => {
    signals.release();
    signals.waitUntilCalled(blockMs);
    log({
      kind: 'note',
      note: 'terminating',
      thread: 'main',
      text: 'main terminates the sending thread',
    });
    terminateSender();
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.called();
    park(standstillMs);
  },
};
