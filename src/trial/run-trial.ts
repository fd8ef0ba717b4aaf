import type { Observation } from './observation.ts';
import { observeTrial, type TrialListeners } from './observe-trial.ts';
import type { ServerRecord } from './server-record.ts';
import type { TrialSpec } from './trial.ts';
import { startTrialChild } from './trial-child.ts';
import { timerPlan } from './trial-plan.ts';
import { TrialRecord } from './trial-record.ts';

/** Runs one trial in a process of its own. */
export function runTrial(
  spec: TrialSpec,
  server: ServerRecord,
  listeners: TrialListeners,
): Promise<Observation> {
  const plan = timerPlan(spec, new TrialRecord());
  return observeTrial({ child: startTrialChild(spec).child, plan, server }, listeners).done;
}
