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

const units = [
  { short: 'd', long: 'day', ms: 86_400_000 },
  { short: 'h', long: 'hour', ms: 3_600_000 },
  { short: 'm', long: 'minute', ms: 60_000 },
  { short: 's', long: 'second', ms: 1000 },
] as const;

/** `10s`, `90s`, `1.5s`, `250ms`: the shortest exact form, as Slack messages and tables show it. */
export function formatDuration(durationMs: number): string {
  const { amount, unit } = measured(durationMs);
  return `${amount}${unit === null ? 'ms' : unit.short}`;
}

/** `10 seconds`, `1 minute`, as a sentence says it. */
export function spellDuration(durationMs: number): string {
  const { amount, unit } = measured(durationMs);
  return unit === null ? `${amount} ms` : `${amount} ${unit.long}${amount === 1 ? '' : 's'}`;
}

/** In the largest unit that it is a multiple of; otherwise in seconds, or below a second in ms. */
function measured(durationMs: number): { amount: number; unit: (typeof units)[number] | null } {
  const whole = Math.round(durationMs);
  if (whole < 1000) return { amount: whole, unit: null };
  const unit = units.find(({ ms: unitMs }) => whole % unitMs === 0) ?? units[3];
  return { amount: whole / unit.ms, unit };
}
