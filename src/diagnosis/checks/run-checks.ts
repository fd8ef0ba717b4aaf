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
    done.push({ check, outcome: await runOne(check, surroundings) });
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
