import type { Sender } from '../delivery/strategy.ts';
import type { Notification } from '../notification/notification.ts';
import { CommunicationManager } from '../pipeline/communication-manager.ts';
import type { BusEvents } from '../pipeline/message-bus.ts';
import { type Send, SlackHandler } from '../pipeline/slack-handler.ts';
import { logEvent } from './event-log.ts';

/** Sends through `sender` and logs the call and its outcome; waits for the outcome unless the strategy is the bug. */
export function loggedSend(sender: Sender, awaited: boolean, thread: string): Send {
  return async (notification: Notification) => {
    const { id, path } = notification;
    logEvent({ kind: 'calling', id, path, thread });
    const logged = sender
      .send(notification)
      .then((outcome) => logEvent({ kind: 'outcome', id, path, thread, outcome }));
    if (awaited) await logged;
  };
}

/** What a thread does with an expired timer: log it, route it, send it. */
export function expiryHandler(send: Send): (event: BusEvents['timer-expired']) => Promise<void> {
  const communication = new CommunicationManager([new SlackHandler(send)]);
  return ({ timer, thread, lateByMs }) => {
    logEvent({ kind: 'expired', id: timer.id, thread, lateByMs });
    return communication.expire(timer);
  };
}
