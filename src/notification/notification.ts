import type { DeliveryPath } from '../model/names.ts';
import type { Metadata, Presentation } from './presentation.ts';

/** A Slack block or attachment, passed through as Slack defines it. */
export type SlackObject = { readonly [key: string]: unknown };

export interface Button {
  readonly text: string;
  readonly actionId: string;
  readonly value?: string;
  readonly url?: string;
  readonly style?: 'primary' | 'danger';
}

/** One message to one channel. `id` is the sender's own and travels with the message, so that arrivals can be counted. */
export interface Notification {
  readonly id: string;
  readonly path: DeliveryPath;
  readonly channel: string;
  /** Slack mrkdwn; text typed by a person must be escaped first (see `escapeText`). */
  readonly text: string;
  readonly threadTs?: string;
  readonly blocks?: readonly SlackObject[];
  readonly attachments?: readonly SlackObject[];
  readonly buttons?: readonly Button[];
  readonly presentation?: Presentation;
  readonly metadata?: Metadata;
  /**
   * True where it may have been posted already, by an earlier process or an I/O thread that died: a receiver finds it in
   * the message's metadata. False in a durable message's first delivery.
   */
  readonly possibleDuplicate?: boolean;
}
