import type { Check, CheckedCheck, CheckOutcome } from './check.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one check after another and reports each as it ends; one that throws stops none of the others. */
export async function runChecks(
  selected: readonly Check[],
  surroundings: Surroundings,
  onStart: (check: Check) => void,
): Promise<readonly CheckedCheck[]> {
  const done: CheckedCheck[] = [];
  for (const check of selected) {
    if (surroundings.signal.aborted) break;
    onStart(check);
    const outcome = await runOne(check, surroundings);
    // What fails because everything is being ended has not failed by itself.
    if (outcome.status === 'crash' && surroundings.signal.aborted) break;
    done.push({ check, outcome });
  }
  return done;
}

async function runOne(check: Check, surroundings: Surroundings): Promise<CheckOutcome> {
  try {
    return await check.run(surroundings);
  } catch (error) {
    return {
      status: 'crash',
      seen: `the check itself failed: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'run it again with --verbose and report it',
    };
  }
}
