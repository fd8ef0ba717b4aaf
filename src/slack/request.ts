import { blocksOf } from '../notification/blocks.ts';
import type { Notification } from '../notification/notification.ts';
import { slackArguments } from '../notification/presentation.ts';
import type { Target } from './target.ts';
import { userAgent } from './user-agent.ts';

export interface HttpRequest<Body = string> {
  readonly origin: string;
  readonly path: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Name of the metadata event that carries our id, so that a receiver can count arrivals. */
export const metadataEventType = 'timer_notify';

type Endpoint = Omit<HttpRequest<unknown>, 'body'>;

/**
 * The HTTP request that posts one notification.
 * JSON with a charset, token in the header: https://docs.slack.dev/apis/web-api
 */
export function buildRequest(target: Target, notification: Notification, thread: string): HttpRequest {
  return requestWith(target, bodyOf(target, notification, thread));
}

/** The request for a body that was written before, perhaps by another thread. */
export function requestWith<Body>(target: Target, body: Body): HttpRequest<Body> {
  const { origin, path, method, headers } = endpointOf(target);
  return { origin, path, method, headers, body };
}

/**
 * The body that posts one notification. JSON.stringify leaves out what is undefined, which spares a copy of the payload
 * on the hot path.
 */
export function bodyOf(target: Target, notification: Notification, thread: string): string {
  const { presentation, metadata } = notification;
  return JSON.stringify({
    channel: target.kind === 'bot' ? notification.channel : undefined,
    // Slack takes no text beside Markdown, not even an empty one.
    text: presentation?.markdownText === undefined ? notification.text : undefined,
    ...(presentation === undefined ? undefined : slackArguments(presentation)),
    thread_ts: notification.threadTs,
    blocks: blocksOf(notification),
    attachments: notification.attachments,
    metadata: {
      event_type: metadata?.event_type ?? metadataEventType,
      event_payload: {
        ...metadata?.event_payload,
        id: notification.id,
        path: notification.path,
        thread,
        possible_duplicate: notification.possibleDuplicate,
      },
    },
  });
}

/** A body says it of a message that may have to be sent again, and then in as many bytes. */
const firstTime = Buffer.from('"possible_duplicate":false');
const again = Buffer.from('"possible_duplicate":true ');

/** Changes the body of a message that was written with `possibleDuplicate: false`, in place. */
export function markPossibleDuplicate(body: Uint8Array): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // The metadata come last, after all that a user may have written.
  const at = bytes.lastIndexOf(firstTime);
  if (at !== -1) again.copy(bytes, at);
}

const endpoints = new WeakMap<Target, Endpoint>();

/** The part that is the same for each notification is made once a target: parsing a URL costs more than all the rest. */
function endpointOf(target: Target): Endpoint {
  const known = endpoints.get(target);
  if (known !== undefined) return known;
  const url = new URL(target.kind === 'bot' ? `${target.baseUrl}chat.postMessage` : target.url);
  const endpoint: Endpoint = {
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      // A response of 200 bytes is not worth compressing.
      'accept-encoding': 'identity',
      'user-agent': userAgent(),
      ...(target.kind === 'bot' ? { authorization: `Bearer ${target.token}` } : {}),
    },
  };
  endpoints.set(target, endpoint);
  return endpoint;
}
