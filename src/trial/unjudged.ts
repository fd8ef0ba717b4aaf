import type { Cell } from '../model/cell.ts';
import { showMs } from '../time/show-ms.ts';
import type { ObservedTrial } from './observation.ts';

/** A wait for a CPU of this share of the patience can be what made a notification late or its loss. */
const decisiveShare = 0.25;

/** Why what came of a trial says nothing of its strategy; null also where it came out as it should all the same. */
export function whyUnjudged(trial: ObservedTrial, cell: Cell): string | null {
  if (cell.expected === true || (cell.completionRate === 1 && cell.expected !== false)) return null;
  return whyStarved(trial);
}

/** How the machine kept a trial from running; null where it did not, or where that is not known. */
export function whyStarved({ spec, observation }: ObservedTrial): string | null {
  const { record, end, withoutCpuMs } = observation;
  if (record.startAtMs === null && end.kind === 'observed')
    return 'starved: its process had not reached its timers when the watch ended';
  if (withoutCpuMs < spec.patienceMs * decisiveShare) return null;
  return `starved: a thread of it was ready to run for ${showMs(withoutCpuMs)} and got no CPU, of ${showMs(spec.patienceMs)} in which the message was waited for`;
}
