import type { Dispatcher } from 'undici';
import { monotonicMs } from '../measure/clock.ts';
import type { Notification } from '../notification/notification.ts';
import { buildRequest } from '../slack/request.ts';
import type { SendOutcome } from './outcome.ts';
import { type OnSending, post } from './post.ts';
import { settle } from './settle.ts';
import type { DeliveryOptions } from './strategy.ts';

/** Posts one notification from the calling thread and tells how it ended, within `options.deadlineMs`. */
export async function deliver(
  dispatcher: Dispatcher,
  options: DeliveryOptions,
  notification: Notification,
  thread: string,
  onSending?: OnSending,
): Promise<SendOutcome> {
  const startedAt = monotonicMs();
  const request = buildRequest(options.target, notification, thread);
  const attempt = await post(dispatcher, request, options.deadlineMs, onSending);
  return settle(options.target, attempt, {
    id: notification.id,
    channel: notification.channel,
    attempts: attempt.kind === 'replied' || attempt.sent ? 1 : 0,
    durationMs: monotonicMs() - startedAt,
    deadlineMs: options.deadlineMs,
  });
}
