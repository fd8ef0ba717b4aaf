import { observeTrial, type TrialWatch } from './observe-trial.ts';
import type { ServerRecord } from './server-record.ts';
import type { Observation, TrialSpec } from './trial.ts';
import { startTrialChild } from './trial-child.ts';

/** Runs one trial in a process of its own. */
export function runTrial(spec: TrialSpec, server: ServerRecord, watch: TrialWatch): Promise<Observation> {
  return observeTrial(startTrialChild(spec).child, spec, server, watch);
}
