import { isObject } from '../../json-object.ts';
import type { Delivered } from '../outcome.ts';
import type { PartialOutcome } from '../pending-sends.ts';

type WithLeftOut = PartialOutcome & { readonly id?: string; readonly durationMs?: number };

/**
 * Writes an outcome for the sender, whose side knows the id and the time. Nearly all are plain deliveries: three fields,
 * one a line, are written and read in a fraction of the time that JSON takes.
 */
export function writeOutcome(outcome: WithLeftOut): string {
  if (isPlain(outcome)) return `${outcome.attempts}\n${outcome.channel}\n${outcome.ts}`;
  const { id: _id, durationMs: _durationMs, ...rest } = outcome;
  return JSON.stringify(rest);
}

/** Reads what `writeOutcome` wrote; null where it is anything else. */
export function readOutcome(text: string): PartialOutcome | null {
  return text.startsWith('{') ? readJson(text) : readPlain(text);
}

function readPlain(text: string): PartialOutcome | null {
  const afterAttempts = text.indexOf('\n');
  const beforeTs = text.lastIndexOf('\n');
  const attempts = Number(text.slice(0, Math.max(0, afterAttempts)));
  const isWhole = attempts >= 1 && afterAttempts < beforeTs && beforeTs < text.length - 1;
  if (!isWhole) return null;
  const channel = text.slice(afterAttempts + 1, beforeTs);
  return { status: 'delivered', attempts, channel, ts: text.slice(beforeTs + 1) };
}

function readJson(text: string): PartialOutcome | null {
  try {
    const value: unknown = JSON.parse(text);
    return isOutcome(value) ? value : null;
  } catch {
    return null;
  }
}

/** Only this package writes there, so what is whole JSON has all fields of its kind. */
function isOutcome(value: unknown): value is PartialOutcome {
  if (!isObject(value)) return false;
  const { status } = value;
  return status === 'delivered' || status === 'failed' || status === 'timed-out';
}

function isPlain(outcome: WithLeftOut): outcome is Omit<Delivered, 'id' | 'durationMs'> {
  return (
    outcome.status === 'delivered' &&
    outcome.attempts > 0 &&
    outcome.ts !== null &&
    outcome.channel !== null &&
    outcome.ts !== '' &&
    !outcome.ts.includes('\n') &&
    outcome.warnings === undefined &&
    outcome.circuit === undefined &&
    outcome.via === undefined
  );
}
