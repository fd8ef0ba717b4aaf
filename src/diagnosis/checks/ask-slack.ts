import { request } from 'undici';
import { parseObject } from '../../json-object.ts';
import { within } from './within.ts';

/** Longest wait for one response, in ms. */
const responseLimitMs = 10_000;

export interface SlackQuestion {
  readonly baseUrl: string;
  readonly method: string;
  readonly token: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What a Web API method that changes nothing answered. */
export type SlackResponse =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Null where the body was no JSON object. */
      readonly body: Readonly<Record<string, unknown>> | null;
      /** From `x-oauth-scopes`; null where the server does not say. */
      readonly scopes: readonly string[] | null;
    }
  | { readonly kind: 'unreachable'; readonly code: string; readonly message: string };

/** Without a body: an explicit empty one can hang over HTTP/2 (nodejs/undici#5169). */
export async function askSlack({
  baseUrl,
  method,
  token,
  params,
  signal,
}: SlackQuestion): Promise<SlackResponse> {
  const url = new URL(method, baseUrl);
  for (const [name, value] of Object.entries(params ?? {})) url.searchParams.set(name, value);
  const attempt = await within(responseLimitMs, signal, async (stop) => {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: stop,
    });
    return { response, text: await response.body.text() };
  });
  if (attempt.kind === 'failed') return { ...attempt, kind: 'unreachable' };
  const { response, text } = attempt.value;
  return {
    kind: 'answered',
    status: response.statusCode,
    body: parseObject(text),
    scopes: scopesIn(response.headers['x-oauth-scopes']),
  };
}

function scopesIn(header: string | string[] | undefined): readonly string[] | null {
  if (header === undefined) return null;
  return [header]
    .flat()
    .join(',')
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '');
}
