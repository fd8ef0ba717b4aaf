import type { Fault } from '../../emulator/faults.ts';
import type { TrialLoad } from './trial-load.ts';

/** Enough for any load that a pool can carry: with many more, opening them costs more than they bring. */
const usual = 64;
const most = 1024;

const holdUntilDeadline: ReadonlySet<Fault['kind']> = new Set([
  'hang',
  'hang-after-commit',
  'stalled-body',
  'stalled-body-after-commit',
  'drip',
]);

/** Sockets of a pool with which a strategy is measured, not the pool's limit, also where faults hold them for long. */
export function neededConnections(
  { arrival }: TrialLoad,
  faults: readonly Fault[],
  deadlineMs: number,
): number {
  if (arrival.mode === 'closed') return Math.min(most, arrival.concurrency);
  const heldMs = faults.reduce((sum, fault) => sum + heldBy(fault, deadlineMs), 0);
  return Math.min(most, usual + Math.ceil((arrival.ratePerS * heldMs) / 1000));
}

/** How much longer, in ms, a request keeps its connection on average. */
function heldBy(fault: Fault, deadlineMs: number): number {
  if (fault.kind === 'latency' || fault.kind === 'jitter') return fault.ms;
  return holdUntilDeadline.has(fault.kind) && 'rate' in fault ? fault.rate * deadlineMs : 0;
}
