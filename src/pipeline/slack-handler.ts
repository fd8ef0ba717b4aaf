import type { Notification } from '../notification/notification.ts';
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
    return this.#send(notificationOf(timer, 'confirmation', confirmationText(timer.durationMs)));
  }

  expire(timer: Timer): Promise<void> {
    const notification = notificationOf(timer, 'expiry', timer.text ?? expiryText(timer.durationMs));
    return this.#send(
      timer.buttons === undefined ? notification : { ...notification, buttons: timer.buttons },
    );
  }
}

function notificationOf(timer: Timer, path: Notification['path'], text: string): Notification {
  return {
    id: `${timer.id}:${path}`,
    path,
    channel: timer.channel,
    text,
    ...(timer.threadTs === undefined ? {} : { threadTs: timer.threadTs }),
  };
}
