import type { Untold } from '../pending-sends.ts';

/** Writes an outcome for the sender, whose side knows the id and the time. */
export function writeOutcome(
  outcome: Untold & { readonly id?: string; readonly durationMs?: number },
): string {
  const { id: _id, durationMs: _durationMs, ...rest } = outcome;
  return JSON.stringify(rest);
}

/** Cuts the explanation of an outcome that has no room. */
export function shortened(outcome: Untold): Untold {
  return outcome.status === 'failed' ? { ...outcome, message: outcome.message.slice(0, 40) } : outcome;
}

/** Reads what `writeOutcome` wrote. */
export function readOutcome(text: string): Untold {
  return JSON.parse(text);
}
