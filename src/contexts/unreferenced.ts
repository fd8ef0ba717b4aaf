import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender's loop does not run again after its call: whether a request slips out is no matter of luck. */
export const unreferenced: ThreadContext = {
  name: 'unreferenced',
  summary: 'the worker is unref’d and main has nothing else to do, so the process ends',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs, unreferenceSender }) => {
    signals.release();
    signals.waitUntilCalled(blockMs);
    log({
      kind: 'note',
      note: 'unreferenced',
      thread: 'main',
      text: 'the sending thread is unref’d and main has nothing else to do',
    });
    unreferenceSender();
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.called();
    park(standstillMs);
  },
};
