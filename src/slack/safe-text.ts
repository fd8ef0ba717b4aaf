import { printable } from '../printable.ts';
import { redact } from './redact.ts';

/** A stranger's words in one line, without secrets. Cut only then, so that no half of a secret is left. */
export function safeText(text: string, limit = Number.POSITIVE_INFINITY): string {
  const safe = redact(printable(text));
  return safe.length <= limit ? safe : `${safe.slice(0, limit - 1)}…`;
}
