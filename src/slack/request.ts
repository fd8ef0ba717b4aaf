import type { Notification } from '../notification/notification.ts';
import type { Target } from './target.ts';

export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Name of the metadata event that carries our id, so that a receiver can count arrivals. */
export const metadataEventType = 'timer_notify';

/**
 * The HTTP request that posts one notification.
 * JSON with a charset, token in the header: https://docs.slack.dev/apis/web-api
 */
export function buildRequest(target: Target, notification: Notification, thread: string): HttpRequest {
  const url = new URL(target.kind === 'bot' ? `${target.baseUrl}chat.postMessage` : target.url);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(target.kind === 'bot' ? { authorization: `Bearer ${target.token}` } : {}),
    },
    body: JSON.stringify({
      ...(target.kind === 'bot' ? { channel: notification.channel } : {}),
      text: notification.text,
      ...(notification.threadTs === undefined ? {} : { thread_ts: notification.threadTs }),
      ...(notification.blocks === undefined ? {} : { blocks: notification.blocks }),
      ...(notification.attachments === undefined ? {} : { attachments: notification.attachments }),
      metadata: {
        event_type: metadataEventType,
        event_payload: { id: notification.id, path: notification.path, thread },
      },
    }),
  };
}
