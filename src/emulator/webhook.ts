import { parseObject } from '../json-object.ts';
import { readMessage } from './message.ts';
import { postingOf } from './posting.ts';
import {
  type PreparedResponse,
  rateLimitedResponse,
  redirectResponse,
  textErrorResponse,
  webhookOkResponse,
} from './response-builders.ts';
import { webhookErrors } from './webhook-errors.ts';
import type { Workspace } from './workspace.ts';

/** Where the messages of an incoming webhook land: its channel was chosen when it was installed. */
const webhookChannel = 'C0WEBHOOK';

export interface WebhookCall {
  /** `/services/T000/B000/XXXX` */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Answers a post to an incoming webhook: plain `ok`, or a status and a word. The last path segment may name an error, or a fault. */
export function answerWebhook(workspace: Workspace, call: WebhookCall): PreparedResponse {
  const secret = /^\/services\/T[A-Z0-9]+\/[AB][A-Z0-9]+\/([A-Za-z0-9_.:-]+)$/.exec(call.path)?.[1];
  if (secret === undefined) return redirectResponse(302, '/');
  if (webhookErrors.has(secret)) return webhookError(secret);
  const values = payloadOf(call);
  if (values === null) return webhookError('invalid_payload');
  const content = readMessage(values);
  if ('error' in content)
    return webhookError(webhookErrors.has(content.error) ? content.error : 'invalid_payload');
  const retryAfterS = workspace.callRetryAfterS() || workspace.retryAfterS(call.path, webhookChannel);
  if (retryAfterS > 0) return rateLimitedResponse('rate_limited', retryAfterS);
  const author = workspace.author({});
  return webhookOkResponse(
    postingOf(workspace, content, { channel: webhookChannel, channelName: null, via: 'webhook', author }),
  );
}

export function webhookError(word: string): PreparedResponse {
  return textErrorResponse(webhookErrors.get(word) ?? 400, word);
}

/** JSON whatever the content type says, or a form with the JSON in `payload`. */
function payloadOf({ contentType, body }: WebhookCall): Readonly<Record<string, unknown>> | null {
  const text = body.toString('utf8');
  const json = contentType.startsWith('application/x-www-form-urlencoded')
    ? (new URLSearchParams(text).get('payload') ?? text)
    : text;
  return parseObject(json);
}
