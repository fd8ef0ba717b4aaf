import { channel } from 'node:diagnostics_channel';
import type { Notification } from '../../notification/notification.ts';
import type { SendOutcome } from '../outcome.ts';

/** Told on main of each notification that an earlier process had accepted, when it has ended now. */
export interface Replayed {
  readonly notification: Notification;
  /** When it was accepted, in ms since 1970. */
  readonly acceptedAtMs: number;
  readonly outcome: SendOutcome;
}

export const replays = channel('timer-notify:replayed');
