import { randomBytes } from 'node:crypto';
import { isObject, type JsonObject } from '../json-object.ts';
import type { StoredMessage } from './history.ts';

/** A response that is not yet sent. */
export interface PreparedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
  /** Slack's word for what is wrong; null where nothing is. */
  readonly error: string | null;
  /** What the request did to the workspace; null where nothing. */
  readonly effect: Effect | null;
}

export type Posting = Extract<Effect, { kind: 'posted' }>;

export type Effect =
  | {
      readonly kind: 'posted';
      readonly message: PostedMessage;
      /** Further messages that a long text was split into. */
      readonly rest: readonly PostedMessage[];
    }
  | { readonly kind: 'changed'; readonly message: StoredMessage }
  | { readonly kind: 'deleted'; readonly channel: string; readonly ts: string };

/** How a message came: a method, or what is served beside them. */
export type Via =
  | 'chat.meMessage'
  | 'chat.postEphemeral'
  | 'chat.postMessage'
  | 'chat.scheduleMessage'
  | 'chat.startStream'
  | 'files.completeUploadExternal'
  | 'response_url'
  | 'webhook';

/** A message as it stands in the channel, and how it came there. */
export interface PostedMessage extends StoredMessage {
  /** What the caller wrote for the channel; null from a webhook. */
  readonly channelName: string | null;
  readonly via: Via;
  /** The only one who sees it, and no history has it; null where everybody does. */
  readonly visibleTo: string | null;
  /** Whether the links in it are to be shown with a preview; null where that was left to Slack. */
  readonly unfurlLinks: boolean | null;
  readonly unfurlMedia: boolean | null;
  /** `metadata.event_payload`: our id, path and thread travel there. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ErrorDetails {
  readonly needed?: string;
  readonly provided?: string;
  readonly req_method?: string;
  /** Reasons as `response_metadata.messages` gives them. */
  readonly messages?: readonly string[];
  readonly warnings?: readonly string[];
}

/** HTTP 200 and `ok: true`, as every Web API method answers. */
export function okResponse(
  fields: JsonObject,
  warnings: readonly string[],
  messages: readonly string[] = [],
): PreparedResponse {
  const { response_metadata: own, ...warning } = warningFields(warnings, messages);
  // A list's cursor stands there too.
  const metadata =
    isObject(own) && isObject(fields.response_metadata) ? { ...fields.response_metadata, ...own } : own;
  return jsonResponse(
    200,
    { ok: true, ...fields, ...warning, ...(metadata === undefined ? {} : { response_metadata: metadata }) },
    null,
  );
}

/** The same with its fields given as JSON text. */
export function okTextResponse(
  fieldsJson: string,
  warnings: readonly string[],
  effect: Effect,
): PreparedResponse {
  const more = warnings.length === 0 ? '' : `,${JSON.stringify(warningFields(warnings)).slice(1, -1)}`;
  return {
    status: 200,
    headers: jsonHeaders(),
    body: `{"ok":true,${fieldsJson}${more}}`,
    error: null,
    effect,
  };
}

/** HTTP 200 and `ok: false`: the Web API says no to a request with status 200. */
export function errorResponse(error: string, details: ErrorDetails = {}): PreparedResponse {
  if (error === 'ratelimited') return rateLimitedResponse('ratelimited', 1);
  const { messages = [], warnings = [], ...fields } = details;
  const response = jsonResponse(
    200,
    { ok: false, error, ...fields, ...warningFields(warnings, messages) },
    error,
  );
  return error === 'not_authed' || error === 'invalid_auth' ? withoutScopes(response) : response;
}

/** To a call without a token, or before it was looked at: whose scopes would they be. */
export function withoutScopes(response: PreparedResponse): PreparedResponse {
  const { 'x-oauth-scopes': _, ...headers } = response.headers;
  return { ...response, headers };
}

export function rateLimitedResponse(
  error: 'ratelimited' | 'rate_limited',
  retryAfterS: number,
): PreparedResponse {
  const body =
    error === 'ratelimited' ? { ok: false, error } : { retry_after: retryAfterS, ok: false, error };
  const response = jsonResponse(429, body, error);
  return { ...response, headers: { ...response.headers, 'retry-after': retryAfterS } };
}

/** Incoming webhooks say no in plain text. */
export function textErrorResponse(status: number, error: string): PreparedResponse {
  return { status, headers: plainHeaders(), body: error, error, effect: null };
}

/** … and yes with the word ok. */
export function webhookOkResponse(effect: Effect): PreparedResponse {
  return { status: 200, headers: plainHeaders(), body: 'ok', error: null, effect };
}

export function redirectResponse(status: number, location: string): PreparedResponse {
  return { status, headers: { ...plainHeaders(), location }, body: '', error: null, effect: null };
}

/** 429 as Slack's edge answers at times. */
export function oddRateLimitResponse(
  kind: 'rate-limit-bare' | 'rate-limit-date' | 'rate-limit-empty',
): PreparedResponse {
  const response = jsonResponse(429, { ok: false, error: 'ratelimited' }, 'ratelimited');
  const { headers } = response;
  switch (kind) {
    case 'rate-limit-bare':
      return response;
    case 'rate-limit-date':
      return {
        ...response,
        headers: { ...headers, 'retry-after': new Date(Date.now() + 1000).toUTCString() },
      };
    case 'rate-limit-empty':
      return { ...response, headers: { ...headers, 'retry-after': 1 }, body: '' };
  }
}

/** The page that stands before Slack when its servers fail. */
export function serverErrorPage(status: number): PreparedResponse {
  const title = status >= 500 ? 'Server Error | Slack' : 'There’s been a glitch… | Slack';
  const body = `<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1></body>\n</html>\n`;
  return { status, headers: plainHeaders(), body, error: null, effect: null };
}

export function jsonResponse(status: number, body: object, error: string | null): PreparedResponse {
  return { status, headers: jsonHeaders(), body: JSON.stringify(body), error, effect: null };
}

/** Those that the emulator's methods need. */
const grantedScopes = [
  'chat:write',
  'chat:write.public',
  'chat:write.customize',
  'incoming-webhook',
  'assistant:write',
  ...['channels', 'groups', 'im', 'mpim'].flatMap((kind) => [`${kind}:history`, `${kind}:read`]),
  'channels:manage',
  'commands',
  'files:read',
  'files:write',
  'pins:read',
  'pins:write',
  'reactions:read',
  'reactions:write',
  'team:read',
  'users:read',
  'users:read.email',
].join();

function jsonHeaders(): PreparedResponse['headers'] {
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-oauth-scopes': grantedScopes,
    'x-accepted-oauth-scopes': 'chat:write',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-slack-backend': 'r',
    'x-slack-req-id': nextRequestId(),
  };
}

function warningFields(warnings: readonly string[], messages: readonly string[] = []): JsonObject {
  if (warnings.length === 0 && messages.length === 0) return {};
  return {
    ...(warnings.length === 0 ? {} : { warning: warnings.join(',') }),
    response_metadata: {
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(messages.length === 0 ? {} : { messages }),
    },
  };
}

function plainHeaders(): PreparedResponse['headers'] {
  return {
    'content-type': 'text/html',
    vary: 'Accept-Encoding',
    'referrer-policy': 'no-referrer',
    'x-slack-backend': 'r',
    'x-slack-req-id': nextRequestId(),
  };
}

const requestIdPrefix = randomBytes(12).toString('hex');
let requests = 0;

/** 32 hexadecimal digits. */
function nextRequestId(): string {
  requests = (requests + 1) >>> 0;
  return requestIdPrefix + requests.toString(16).padStart(8, '0');
}
