import { UsageError } from '../errors.ts';
import type { Button } from './notification.ts';

/**
 * Reads `Snooze`, `Snooze=snooze`, `Snooze=snooze:5m` (action_id and value) or `Open=https://example.com`.
 * @throws UsageError for anything else
 */
export function readButton(spec: string): Button {
  const separator = spec.indexOf('=');
  const text = (separator === -1 ? spec : spec.slice(0, separator)).trim();
  const rest = separator === -1 ? '' : spec.slice(separator + 1).trim();
  if (text === '' || (separator !== -1 && rest === '')) {
    throw new UsageError(
      `bad button "${spec}"`,
      'a button is its text, then = and its action_id or URL',
      'write for example "Snooze=snooze:5m" or "Open=https://example.com"',
    );
  }
  if (/^https?:\/\//.test(rest)) return { text, actionId: actionIdFor(text), url: rest };
  const colon = rest.indexOf(':');
  if (rest === '' || colon === -1) return { text, actionId: rest === '' ? actionIdFor(text) : rest };
  return { text, actionId: rest.slice(0, colon), value: rest.slice(colon + 1) };
}

function actionIdFor(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
}
