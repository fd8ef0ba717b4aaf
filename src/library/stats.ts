import { latencyAt, type TallyReading } from '../delivery/tally.ts';

/** Counts of all threads since the notifier was created. */
export interface NotifierStats {
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
  readonly timedOut: number;
  /** Sent and not yet settled: queued, under way or waiting for a retry. */
  readonly inFlight: number;
  /** Delivered of those that have settled, 0..1; null before the first. */
  readonly completionRate: number | null;
  /** From the call of `send` to Slack's answer, to within a sixteenth; null before the first delivery. */
  readonly latencyMs: {
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  /** How often the I/O thread ended unasked and was started again. */
  readonly ioThreadRestarts: number;
}

/** What is known of all threads at one moment. */
export interface Counts {
  readonly tally: TallyReading;
  readonly inFlight: number;
  readonly ioThreadRestarts: number;
}

export function statsOf({ tally: reading, inFlight, ioThreadRestarts }: Counts): NotifierStats {
  const { sent, delivered, failed, timedOut } = reading;
  return {
    sent,
    delivered,
    failed,
    timedOut,
    inFlight,
    completionRate: completionRate(reading),
    latencyMs: latencyOf(reading),
    ioThreadRestarts,
  };
}

export function completionRate({ delivered, failed, timedOut }: TallyReading): number | null {
  const settled = delivered + failed + timedOut;
  return settled === 0 ? null : delivered / settled;
}

function latencyOf(reading: TallyReading): NotifierStats['latencyMs'] {
  const at = (share: number) => latencyAt(reading, share) ?? 0;
  if (reading.delivered === 0) return null;
  return {
    mean: reading.latencySumMs / reading.delivered,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: at(1),
  };
}
