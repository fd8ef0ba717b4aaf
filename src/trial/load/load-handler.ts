import type { Sender } from '../../delivery/strategy.ts';
import { CommunicationManager } from '../../pipeline/communication-manager.ts';
import type { BusEvents } from '../../pipeline/message-bus.ts';
import { SlackHandler } from '../../pipeline/slack-handler.ts';
import type { CallLog } from './call-log.ts';
import type { Refill } from './refill.ts';
import { type TrialLoad, timerIndexOf } from './trial-load.ts';

interface LoadHandlerOptions {
  readonly load: TrialLoad;
  readonly sender: Sender;
  /** False for the bug: nobody waits for what `send` returns. */
  readonly awaited: boolean;
  readonly log: CallLog;
  /** Null in an open loop. */
  readonly refill: Refill | null;
}

/** What a thread under load does with an expired timer: route it and send it, as ever, with a log that is cheap. */
export function loadHandler(
  options: LoadHandlerOptions,
): (event: BusEvents['timer-expired']) => Promise<void> {
  const { load, sender, awaited, log, refill } = options;
  const communication = new CommunicationManager([
    new SlackHandler(async (notification) => {
      const index = timerIndexOf(notification.id);
      const logged = sender.send(notification).then((outcome) => {
        log.settled(index, outcome);
        refill?.settled(notification.channel);
      });
      if (awaited) await logged;
    }),
  ]);
  return ({ timer }) => {
    refill?.expired(timer);
    log.called(timerIndexOf(timer.id), timer.dueAtMs);
    return load.path === 'expiry' ? communication.expire(timer) : communication.confirm(timer);
  };
}
