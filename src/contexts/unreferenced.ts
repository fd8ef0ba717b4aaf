import type { ThreadContext } from './context.ts';
import { park } from './standstill.ts';

/** The sender stays in the turn of its call until the process has ended: whether a request slips out is no luck. */
export const unreferenced: ThreadContext = {
  name: 'unreferenced',
  summary: 'the worker is unref’d and main has nothing else to do, so the process ends',
  place: 'worker',
  callsOnce: true,
  onMain: ({ signals, log, blockMs, unreferenceSender }) => {
    signals.letGo();
    signals.waitUntilCalled(blockMs);
    log({ kind: 'unreferenced', thread: 'sender' });
    unreferenceSender();
  },
  afterCalls: ({ signals, standstillMs }) => {
    signals.tellCalled();
    park(standstillMs);
  },
};
