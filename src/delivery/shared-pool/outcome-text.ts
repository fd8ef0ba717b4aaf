import type { Delivered } from '../outcome.ts';
import type { Untold } from '../pending-sends.ts';

type WithLeftOut = Untold & { readonly id?: string; readonly durationMs?: number };

/**
 * Writes an outcome for the sender, whose side knows the id and the time. Nearly all are plain deliveries: three fields,
 * one a line, are written and read in a fraction of the time that JSON takes.
 */
export function writeOutcome(outcome: WithLeftOut): string {
  if (isPlain(outcome)) return `${outcome.attempts}\n${outcome.channel}\n${outcome.ts}`;
  const { id: _id, durationMs: _durationMs, ...rest } = outcome;
  return JSON.stringify(rest);
}

/** Cuts the explanation of an outcome that has no room. */
export function shortened(outcome: Untold): Untold {
  return outcome.status === 'failed' ? { ...outcome, message: outcome.message.slice(0, 40) } : outcome;
}

/** Reads what `writeOutcome` wrote. */
export function readOutcome(text: string): Untold {
  if (text.startsWith('{')) return JSON.parse(text);
  const afterAttempts = text.indexOf('\n');
  const beforeTs = text.lastIndexOf('\n');
  return {
    status: 'delivered',
    attempts: Number(text.slice(0, afterAttempts)),
    channel: text.slice(afterAttempts + 1, beforeTs),
    ts: text.slice(beforeTs + 1),
  };
}

function isPlain(outcome: WithLeftOut): outcome is Omit<Delivered, 'id' | 'durationMs'> {
  return (
    outcome.status === 'delivered' &&
    outcome.ts !== null &&
    outcome.channel !== null &&
    outcome.warnings === undefined &&
    outcome.circuit === undefined &&
    outcome.via === undefined &&
    !outcome.ts.includes('\n')
  );
}
