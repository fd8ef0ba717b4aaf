import { channel } from 'node:diagnostics_channel';
import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';

/**
 * Published on main for each notification that an earlier process had accepted, whenever it was sent again. One that may still
 * be delivered later is sent again later, or at the next start.
 */
export interface Replayed {
  readonly notification: Notification;
  /** When it was accepted, in ms since 1970. */
  readonly acceptedAtMs: number;
  readonly outcome: SendOutcome;
}

/** True for what another attempt would not change. */
export function isFinal(outcome: SendOutcome): boolean {
  return outcome.status === 'delivered' || (outcome.status === 'failed' && !outcome.retryable);
}

const replays = channel('timer-notify:replayed');

/** Nothing is silently missing: what was refused for good is a warning where nobody listens. */
export function reportReplayed(replayed: Replayed): void {
  replays.publish(replayed);
  const { notification, acceptedAtMs, outcome } = replayed;
  if (replays.hasSubscribers || outcome.status !== 'failed' || outcome.retryable) return;
  process.emitWarning(
    `the message ${notification.id} to ${notification.channel}, accepted at ${new Date(acceptedAtMs).toISOString()} and sent ` +
      `again at this start, was not delivered (${outcome.code}: ${outcome.message})`,
    'TimerNotifyWarning',
  );
}
