import type { Notification } from '../notification/notification.ts';
import { type Presentation, presentationIn } from '../notification/presentation.ts';
import { confirmationText, expiryText } from '../notification/texts.ts';
import type { ChannelHandler } from './communication-manager.ts';
import type { Timer } from './timer.ts';

/** Hands a notification over; resolves when the caller need not wait any longer. */
export type Send = (notification: Notification) => Promise<void>;

/** Turns a timer's two moments into Slack messages. */
export class SlackHandler implements ChannelHandler {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** A channel's name, or the id of a channel, group, direct message or user. */
  handles(channel: string): boolean {
    return /^[#@CDGUW]/.test(channel);
  }

  confirm(timer: Timer): Promise<void> {
    const { markdownText: _, replyBroadcast: __, ...both } = timer.presentation ?? {};
    return this.#send(notificationOf(timer, 'confirmation', confirmationText(timer.durationMs), both));
  }

  expire(timer: Timer): Promise<void> {
    const { buttons, metadata, presentation } = timer;
    const text = presentation?.markdownText === undefined ? (timer.text ?? expiryText(timer.durationMs)) : '';
    return this.#send({
      ...notificationOf(timer, 'expiry', text, presentation),
      ...(buttons === undefined ? {} : { buttons }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  }
}

function notificationOf(
  timer: Timer,
  path: Notification['path'],
  text: string,
  says: Presentation = {},
): Notification {
  const presentation = presentationIn(says);
  return {
    id: `${timer.id}:${path}`,
    path,
    channel: timer.channel,
    text,
    ...(timer.threadTs === undefined ? {} : { threadTs: timer.threadTs }),
    ...(presentation === undefined ? {} : { presentation }),
  };
}
