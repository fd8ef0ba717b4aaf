import { isObject } from '../json-object.ts';

/** A request as one of several tries of the same message. */
export interface Try {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** A fingerprint of its body, or only its beginning, the length; null while nothing is known of it. */
  readonly body: string | null;
}

/** Two requests with one key are tries of the same one; the same message may be tried at another host. */
export function tryKey({ method, origin, path, body }: Try): string {
  return `${method} ${body === null ? origin : ''}${path} ${body ?? ''}`;
}

/** The keys of the tries that it makes good: what failed at once may have failed before its body was at hand. */
export function keysOfRecoveredTries({ method, origin, path, body }: Try): readonly string[] {
  const length = body === null ? null : body.slice(0, body.indexOf(':') + 1);
  return [...new Set([body, length, null])].map((known) => tryKey({ method, origin, path, body: known }));
}

/** Fields that are another with each try of one message. */
const fieldOfTry =
  /attempt|retr(?:y|ies)|tr(?:y|ies)$|time|date|nonce|(?:^|[a-z_])(?:id|at|ts)$|^(?:n|no|id|at|ts)$/i;
/** Whom it is for: one to another recipient is another message. */
const recipient =
  /(?:chat|channel|user|recipient|room|group|conversation|guild|device|peer|member|customer|account)_?id$/i;
const leastText = 4;

/** Whether a body says the same as one before, and more: that it is sent again, or which try it is. */
export function repeatsMessage(body: string, before: string): boolean {
  if (before.trim().length < leastText) return false;
  return body.includes(before) || isSameObject(objectIn(body), objectIn(before));
}

/** Fields that say whom a message is for, by name or by number. */
const addressee =
  /^(?:chat|channel|room|group|conversation|thread|topic|to|cc|user|username|recipients?|target|device|address)$/i;

/** Whether a body says to somebody else what one before said. */
export function saysTheSame(body: string, before: string): boolean {
  const [now, then] = [body, before].map(objectIn);
  if (then === null || then === undefined) return before.trim().length >= leastText && body === before;
  const said = Object.fromEntries(
    Object.entries(then).filter(([name]) => !addressee.test(name) && !recipient.test(name)),
  );
  const texts = Object.values(said).filter((value) => typeof value === 'string' && value.length >= leastText);
  return texts.length > 0 && isSameObject(now ?? null, said);
}

function isSameObject(
  now: Readonly<Record<string, unknown>> | null,
  before: Readonly<Record<string, unknown>> | null,
): boolean {
  if (now === null || before === null) return false;
  const said = Object.entries(before).filter(([name]) => !fieldOfTry.test(name) || recipient.test(name));
  return said.length > 0 && said.every(([name, value]) => isSameValue(now[name], value));
}

function isSameValue(now: unknown, before: unknown): boolean {
  if (typeof now === 'string' && typeof before === 'string' && before.length >= leastText)
    return now.includes(before);
  return JSON.stringify(now) === JSON.stringify(before);
}

function objectIn(body: string): Readonly<Record<string, unknown>> | null {
  if (!body.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    // Cut off, or no JSON.
    return null;
  }
}

/** How a multipart body begins, behind a chunk's size where it is chunked. */
const multipartHead = /^(?:[\da-f]{1,8}\r\n)?--([^\r\n]{6,70})\r\n/i;

/**
 * A short fingerprint of a body: its length, and FNV-1a over its first 4 KiB. A multipart body is taken without its
 * boundary, which is another one with each try.
 */
export function fingerprint(body: string): string {
  const boundary = multipartHead.exec(body)?.[1];
  const text = boundary === undefined ? body : body.replaceAll(boundary, '');
  let hash = 0x811c9dc5;
  const end = Math.min(text.length, 4096);
  for (let index = 0; index < end; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return `${text.length}:${(hash >>> 0).toString(36)}`;
}
