import type { SendOutcome } from '../../dist/index.js';

export interface Terminations {
  readonly interrupted: number;
  readonly loop: number;
  readonly once: number;
  readonly memory: number;
  readonly parallel: number;
}

export interface TerminationResult {
  readonly ended: number;
  readonly arrived: number;
  readonly promised: number;
  readonly missing: readonly string[];
  readonly duplicates: number;
  readonly bystander: {
    readonly sent: number;
    readonly notDelivered: readonly SendOutcome[];
    readonly missing: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  readonly inFlight: number;
  readonly drainMs: number;
  readonly closeMs: number;
  readonly rssMb: number;
}

export function terminateSenders(plan: Terminations): Promise<TerminationResult>;
