import type { Target } from './target.ts';

/** What Slack answered, before any decision about retrying. */
export type Reply =
  | { readonly kind: 'posted'; readonly channel: string; readonly ts: string | null }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly ambiguous: boolean;
      readonly retryAfterMs: number | null;
    };

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Reads an HTTP reply of the Web API or of an incoming webhook. */
export function interpretReply(kind: Target['kind'], reply: HttpReply): Reply {
  if (reply.status === 429) return rateLimited(reply);
  if (reply.status !== 200) {
    return refused('http-error', `HTTP ${reply.status}`, reply.status >= 500, reply.status >= 500);
  }
  return kind === 'webhook' ? interpretWebhook(reply.body) : interpretWebApi(reply.body);
}

function interpretWebhook(body: string): Reply {
  return body.trim() === 'ok'
    ? { kind: 'posted', channel: '', ts: null }
    : refused('bad-response', 'HTTP 200 without the word ok', false, true);
}

function interpretWebApi(body: string): Reply {
  const parsed = parseObject(body);
  if (parsed === null) return refused('bad-response', 'HTTP 200 with a body that is not JSON', false, true);
  if (parsed.ok === true) {
    return { kind: 'posted', channel: textOf(parsed.channel) ?? '', ts: textOf(parsed.ts) };
  }
  const code = textOf(parsed.error) ?? 'bad-response';
  return refused(code, `Slack refused the message: ${code}`, false, false);
}

function rateLimited(reply: HttpReply): Reply {
  const header = reply.headers['retry-after'];
  const seconds = Number.parseInt(typeof header === 'string' ? header : '', 10);
  return {
    ...refused('rate-limited', 'HTTP 429: too many messages', true, false),
    retryAfterMs: Number.isNaN(seconds) ? null : seconds * 1000,
  };
}

function refused(code: string, message: string, retryable: boolean, ambiguous: boolean) {
  return { kind: 'refused' as const, code, message, retryable, ambiguous, retryAfterMs: null };
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
