import type { Timeline } from '../../model/story.ts';
import { storyOf } from '../timeline.ts';
import type { TrialSpec } from '../trial.ts';
import { measuredOf } from './load-cell.ts';
import type { LoadObservation } from './load-trial.ts';
import type { TrialLoad } from './trial-load.ts';

/** What happened to the first notification of a trial that did not arrive in time; null where all did. */
export function loadStoryOf(spec: TrialSpec, load: TrialLoad, observation: LoadObservation): Timeline | null {
  const missing = measuredOf(spec, load, observation).find(({ outcome }) => outcome !== 'delivered');
  if (missing === undefined) return null;
  return storyOf({ spec, fault: null, observation }, { ...missing, startAtMs: missing.dueAtMs });
}
