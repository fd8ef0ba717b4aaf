import ms, { type StringValue } from 'ms';
import { UsageError } from '../errors.ts';

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * Reads `500ms`, `10s`, `5m`, `2h`, `25d` into ms.
 * @throws UsageError for anything else; a bare number is refused because its unit would be a guess.
 */
export function parseDuration(text: string): number {
  if (pattern.test(text)) return ms(text as StringValue);
  const hint = /^\d+(\.\d+)?$/.test(text)
    ? `write the unit, for example ${text}ms or ${text}s`
    : 'write a number and a unit, for example 500ms, 10s, 5m or 2h';
  throw new UsageError(
    `bad duration "${text}"`,
    'a duration is a number with a unit: ms, s, m, h or d',
    hint,
  );
}

/** `10s`, `2m`, `250ms`: the shortest exact form, as Slack messages and tables show it. */
export function formatDuration(durationMs: number): string {
  return ms(Math.round(durationMs));
}

/** `10 seconds`, `1 minute`, as a sentence says it. */
export function spellDuration(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : ms(durationMs, { long: true });
}
