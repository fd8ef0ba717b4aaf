import type { Fault } from '../../../dist/emulator/faults.js';

interface ChaosFaults {
  readonly faults: readonly Fault[];
  /** Short where a request may wait for ever. */
  readonly deadlineMs: number;
}

const patient = 30_000;
const impatient = 1500;

/** What the server does wrong in one stretch of chaos. */
export const chaosFaults: readonly ChaosFaults[] = [
  { faults: [], deadlineMs: patient },
  { faults: [{ kind: 'latency', ms: 3 }], deadlineMs: patient },
  { faults: [{ kind: 'jitter', ms: 10 }], deadlineMs: patient },
  { faults: [{ kind: 'status', status: 500, rate: 0.2 }], deadlineMs: patient },
  { faults: [{ kind: 'rate-limit', retryAfterS: 1, rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'ok-false', code: 'channel_not_found', rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'reset', rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'reset-after-commit', rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'half-body-after-commit', rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'bad-json', rate: 0.1 }], deadlineMs: patient },
  { faults: [{ kind: 'hang', rate: 0.02 }], deadlineMs: impatient },
  { faults: [{ kind: 'stalled-body', rate: 0.02 }], deadlineMs: impatient },
];
