import type { FailureCode } from '../failures/failures.ts';
import { isObject, parseObject } from '../json-object.ts';
import { describeError, type ErrorClass, type SlackErrorCode, slackErrorCode } from './errors.ts';
import { redact } from './redact.ts';
import { safeText } from './safe-text.ts';
import type { Target } from './target.ts';

/** What Slack responded, before any decision about retrying. */
export type SlackResponse = Posted | Refused;

export interface Posted {
  readonly kind: 'posted';
  /** Null from a webhook, which does not say it. */
  readonly channel: string | null;
  readonly ts: string | null;
  /** Slack's own words on a message that it took all the same, such as `message_truncated`. */
  readonly warnings: readonly string[];
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: SlackErrorCode | RefusalCode;
  readonly message: string;
  /** True when another attempt may succeed. False after any 2xx that could not be read: the message may be there. */
  readonly retryable: boolean;
  /** True when the message may have been posted anyway. */
  readonly ambiguous: boolean;
  readonly retryAfterMs: number | null;
}

/** What a response without a code of Slack's amounts to. */
type RefusalCode = Extract<FailureCode, 'http-error' | 'rate-limited' | 'bad-response'>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

type TargetKind = Target['kind'];

/**
 * Reads an HTTP response of the Web API or of an incoming webhook. Never throws, whatever the bytes.
 * The Web API says it answers 200 or 429 only; all else is from webhooks, proxies or a Slack in trouble.
 */
export function interpretResponse(kind: TargetKind, response: HttpResponse): SlackResponse {
  if (response.status === 429) return rateLimited(response);
  if (response.status >= 200 && response.status < 300) {
    return kind === 'webhook' ? acceptedByWebhook(response) : answeredByWebApi(response);
  }
  return httpError(response);
}

/**
 * An incoming webhook confirms with the bare word `ok`, a workflow's trigger with `{"ok":true}`; a 200 with anything else
 * comes from something in between.
 */
function acceptedByWebhook(response: HttpResponse): SlackResponse {
  const json = parseObject(response.body);
  if (response.body.trim() === 'ok' || json?.ok === true)
    return { kind: 'posted', channel: null, ts: null, warnings: [] };
  if (json?.ok === false) return refusedBySlack(json, retryAfterIn(response));
  return unreadable(response, 'without the word "ok"');
}

function answeredByWebApi(response: HttpResponse): SlackResponse {
  const json = parseObject(response.body);
  if (json === null) return unreadable(response, 'with a body that is not a JSON object');
  if (json.ok === true) {
    return {
      kind: 'posted',
      channel: identifierIn(json.channel),
      ts: identifierIn(json.ts),
      warnings: warningsIn(json),
    };
  }
  if (json.ok !== false) return unreadable(response, 'with JSON that does not say "ok"');
  return refusedBySlack(json, retryAfterIn(response));
}

function refusedBySlack(json: Readonly<Record<string, unknown>>, retryAfterMs: number | null): Refused {
  const code = slackWord(json.error);
  const detail = detailIn(json);
  if (code === null) {
    const word = safeText(textOf(json.error) ?? '', 120);
    const message = `Slack refused the message without a code that it could have (${word === '' ? 'none' : word})`;
    return refused('bad-response', `${message}${detail}`, 'permanent', retryAfterMs);
  }
  const { class: errorClass, meaning } = describeError(code);
  return refused(code, `Slack refused the message (${code}): ${meaning}${detail}`, errorClass, retryAfterMs);
}

function rateLimited(response: HttpResponse): Refused {
  const retryAfterMs = retryAfterIn(response);
  const wait = retryAfterMs === null ? 'without saying for how long' : waitText(retryAfterMs);
  return refused(
    'rate-limited',
    `HTTP 429: too many messages, so this one was not posted; Slack asks to wait ${wait}`,
    'rate-limited',
    retryAfterMs,
  );
}

function waitText(ms: number): string {
  return `${Math.ceil(ms / 1000)} s, until ${new Date(Date.now() + ms).toISOString()}`;
}

function httpError(response: HttpResponse): Refused {
  const { status } = response;
  const retryAfterMs = retryAfterIn(response);
  const slackCode = slackCodeOf(response);
  if (slackCode !== null) {
    const { class: errorClass, meaning } = describeError(slackCode);
    return refused(
      slackCode,
      `Slack refused the message (${slackCode}, HTTP ${status}): ${meaning}`,
      status >= 500 ? 'ambiguous' : errorClass,
      retryAfterMs,
    );
  }
  const wait = retryAfterMs === null ? '' : `; it asks to wait ${waitText(retryAfterMs)}`;
  return refused(
    'http-error',
    `HTTP ${status}: ${meaningOfStatus(response)}${wait}`,
    classOfStatus(status),
    retryAfterMs,
  );
}

/** Slack's word in a response that is no success. One that is not known is distinguished from a proxy's by its form. */
function slackCodeOf({ body }: HttpResponse): SlackErrorCode | null {
  const json = parseObject(body);
  const inJson = json?.ok === false ? slackWord(json.error) : null;
  if (inJson !== null) return inJson;
  const bare = slackWord(body.trim());
  return bare !== null && (describeError(bare).known || /^[a-z0-9]+(_[a-z0-9]+)+$/.test(bare)) ? bare : null;
}

function classOfStatus(status: number): ErrorClass {
  if (status >= 500) return 'ambiguous';
  // 408 says that the request never arrived whole, 425 that it was not begun.
  return status === 408 || status === 425 ? 'safe-to-retry' : 'permanent';
}

function meaningOfStatus(response: HttpResponse): string {
  const { status } = response;
  const page = titleOf(response.body);
  const said = page === null ? '' : ` (${page})`;
  if (status >= 300 && status < 400) {
    return 'a redirect, which is never followed because the secret would go along; check the URL, a mistyped webhook is answered so';
  }
  if (status === 407) return `the proxy asks for credentials${said}; put them into the proxy’s URL`;
  if (status === 401 || status === 403) {
    return `refused before Slack’s API was reached${said}; a proxy or firewall may stand in between`;
  }
  if (status === 404) return `nothing answers at this URL${said}; check base_url or the webhook’s URL`;
  if (status === 408) return `the request did not arrive whole${said}`;
  if (status >= 500) return `the server failed${said}; the message may have been posted anyway`;
  return `unexpected${said}`;
}

function unreadable(response: HttpResponse, how: string): Refused {
  const page = titleOf(response.body);
  return {
    kind: 'refused',
    code: 'bad-response',
    message: `HTTP ${response.status} ${how}${page === null ? '' : ` (${page})`}; the message may have been posted anyway`,
    retryable: false,
    ambiguous: true,
    retryAfterMs: null,
  };
}

function refused(
  code: Refused['code'],
  message: string,
  errorClass: ErrorClass,
  retryAfterMs: number | null = null,
): Refused {
  return {
    kind: 'refused',
    code,
    message,
    retryable: errorClass !== 'permanent',
    ambiguous: errorClass === 'ambiguous',
    retryAfterMs,
  };
}

/** Whole seconds by Slack's documentation; a date is HTTP's other form, and webhooks repeat the seconds in the body. */
function retryAfterIn(response: HttpResponse): number | null {
  const header = response.headers['retry-after'];
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return atMost(Number(text) * 1000);
  // Only HTTP's own form of a date: Date.parse would read one out of almost anything.
  const date = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(date)) return atMost(Math.max(0, date - Date.now()));
  const inBody = parseObject(response.body)?.retry_after;
  return typeof inBody === 'number' && inBody >= 0 ? atMost(inBody * 1000) : null;
}

/** A number that is no time becomes the longest that a timer and a date can hold. */
function atMost(ms: number): number {
  return Math.min(ms, 2 ** 31 - 1);
}

/** `needed` and `provided` of missing_scope, and the messages that point into the payload. */
function detailIn(json: Readonly<Record<string, unknown>>): string {
  const metadata = isObject(json.response_metadata) ? json.response_metadata : {};
  const parts = [
    ...(textOf(json.needed) === null ? [] : [`needed: ${json.needed}`]),
    ...(textOf(json.provided) === null ? [] : [`provided: ${json.provided}`]),
    ...textsOf(metadata.messages),
    ...textsOf(json.errors),
  ];
  return parts.length === 0 ? '' : ` (${safeText(parts.join('; '), 400)})`;
}

function warningsIn(json: Readonly<Record<string, unknown>>): readonly string[] {
  const metadata = isObject(json.response_metadata) ? json.response_metadata : {};
  const named = textOf(json.warning)?.split(',') ?? [];
  return [...new Set([...named, ...textsOf(metadata.warnings)])].map((warning) =>
    safeText(warning.trim(), 120),
  );
}

function titleOf(body: string): string | null {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(body)?.[1];
  return title === undefined ? null : safeText(title.trim(), 80);
}

/** Slack's word, unless a secret could be read out of it. */
function slackWord(value: unknown): SlackErrorCode | null {
  const code = slackErrorCode(value);
  return code === null || redact(code) === code ? code : null;
}

/** A channel's ID, or a message's timestamp; null for what cannot be one. */
function identifierIn(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (/^[CDG][A-Z0-9]{1,40}$|^\d{1,20}\.\d{1,20}$/.test(value)) return value;
  return /^[\w.#-]{1,80}$/.test(value) && redact(value) === value ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
