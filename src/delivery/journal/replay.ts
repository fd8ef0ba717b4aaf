import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';
import type { Accepted } from './journal-lines.ts';
import { warnOfDamage } from './journal-warnings.ts';
import type { LockedJournal } from './open-journal.ts';

/** How long, in ms, until what could not be delivered is sent once more. */
const againMs = 30_000;

/** What sends again: the host's own sender. */
interface Replayer {
  replay(notification: Notification, ticket: number): SendOutcome | Promise<SendOutcome>;
  settleReplayed(ticket: number, outcome: SendOutcome): void;
}

/** Sends what an earlier process had accepted and never finished, each until its outcome is final or the host closes. */
export function replayJournal(
  { shared, unfinished, damaged }: LockedJournal,
  sender: Replayer,
  isClosing: () => boolean,
): void {
  for (const file of damaged) warnOfDamage(shared.path, file);
  for (const accepted of unfinished) void replayUntilFinal(accepted, sender, isClosing);
}

async function replayUntilFinal(
  { notification, ticket, atMs }: Accepted,
  sender: Replayer,
  isClosing: () => boolean,
): Promise<void> {
  while (!isClosing()) {
    const outcome = await sender.replay(notification, ticket);
    reportReplayed({ notification, acceptedAtMs: atMs, outcome });
    if (isFinal(outcome)) return sender.settleReplayed(ticket, outcome);
    await sleep(againMs, undefined, { ref: false });
  }
}

/** True for what another attempt would not change. */
function isFinal(outcome: SendOutcome): boolean {
  return outcome.status === 'delivered' || (outcome.status === 'failed' && !outcome.retryable);
}

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

const replays = channel('timer-notify:replayed');

/** Nothing is silently missing: what was refused for good is a warning where nobody listens. */
function reportReplayed(replayed: Replayed): void {
  replays.publish(replayed);
  const { notification, acceptedAtMs, outcome } = replayed;
  if (replays.hasSubscribers || outcome.status !== 'failed' || outcome.retryable) return;
  process.emitWarning(
    `the message ${notification.id} to ${notification.channel}, accepted at ${new Date(acceptedAtMs).toISOString()} and sent ` +
      `again at this start, was not delivered (${outcome.code}: ${outcome.message})`,
    'TimerNotifyWarning',
  );
}
