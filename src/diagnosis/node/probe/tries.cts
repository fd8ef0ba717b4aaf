import { now } from './sink.cjs';

/** A request as one of several tries. */
interface Try {
  readonly startedAt: number;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  /** A fingerprint of its body; null while nothing is known of it. */
  readonly body: string | null;
}

/** When a try last went wrong: the same request going well afterwards is news. */
const failedTries = new Map<string, number>();
const failedTriesLimit = 1000;

function tryKey({ method, origin, path }: Try, body: string | null): string {
  return `${method} ${origin}${path} ${body ?? ''}`;
}

export function triedInVain(request: Try): void {
  const key = tryKey(request, request.body);
  if (failedTries.size < failedTriesLimit || failedTries.has(key)) failedTries.set(key, now());
}

export function hasFailedTries(): boolean {
  return failedTries.size > 0;
}

/** What failed at once may have failed before its body, or more than its length, was at hand. */
export function makesGood(request: Try): boolean {
  if (failedTries.size === 0) return false;
  const { body } = request;
  const length = body === null ? null : body.slice(0, body.indexOf(':') + 1);
  let good = false;
  for (const known of [body, length, null]) {
    const key = tryKey(request, known);
    const failedAt = failedTries.get(key);
    if (failedAt === undefined || request.startedAt < failedAt) continue;
    failedTries.delete(key);
    good = true;
  }
  return good;
}

/** A short fingerprint of a body (FNV-1a over its first 4 KiB, and its length). */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  const end = Math.min(text.length, 4096);
  for (let index = 0; index < end; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return `${text.length}:${(hash >>> 0).toString(36)}`;
}
