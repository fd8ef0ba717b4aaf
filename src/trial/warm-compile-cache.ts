import { existsSync } from 'node:fs';
import type { Emulator } from '../emulator/emulator.ts';
import { compiledCodeFile } from './compiled-code.ts';
import type { TrialSpec } from './trial.ts';
import { startTrialChild, watchChild } from './trial-child.ts';
import type { TrialEvent } from './trial-event.ts';

/** Longest time, in ms, that it may take. */
const longestMs = 10_000;

/**
 * Runs a trial of which nothing is reported and that writes down what V8 has compiled for it, where this has not been
 * done yet: those that start later start faster.
 */
export async function warmCompileCache(
  emulator: Emulator,
  specFor: (baseUrl: string) => TrialSpec,
): Promise<void> {
  const file = compiledCodeFile();
  if (file === null || existsSync(file)) return;
  const session = await emulator.open({});
  const { child } = startTrialChild(specFor(session.baseUrl), { warmsCache: true });
  let outcomes = 0;
  const { exited } = watchChild(child, (line) => {
    const { kind }: TrialEvent = JSON.parse(line);
    if (kind === 'outcome') outcomes += 1;
    // Of the confirmation and of the expiry.
    if (outcomes === 2) child.kill('SIGTERM');
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), longestMs);
  await exited;
  clearTimeout(limit);
  await session.close();
}
