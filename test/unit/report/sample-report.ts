import type { Cell, Finding, Report } from '../../../src/report/report.ts';

export function sampleCell(changes: Partial<Cell> = {}): Cell {
  return {
    path: 'expiry',
    context: 'parked',
    strategy: 'shared-pool',
    fault: null,
    sent: 100,
    delivered: 100,
    late: 0,
    failed: 0,
    hung: 0,
    lost: 0,
    duplicates: 0,
    completionRate: 1,
    latencyMs: { min: 1, mean: 2.5, p50: 2, p90: 4, p99: 8, p999: 9, max: 9.5 },
    throughputPerS: 200,
    connections: 4,
    errors: [],
    cause: 'healthy',
    expected: null,
    skipped: null,
    ...changes,
  };
}

export const hungCell: Cell = sampleCell({
  strategy: 'detached',
  delivered: 0,
  hung: 100,
  completionRate: 0,
  latencyMs: null,
  throughputPerS: null,
  connections: 0,
  cause: 'loop-parked',
});

export function sampleFinding(changes: Partial<Finding> = {}): Finding {
  return {
    code: 'loop-parked',
    severity: 'error',
    title: 'The loop of thread 3 stands still',
    thread: { id: 3, name: 'heartbeat', isMain: false },
    request: {
      method: 'POST',
      origin: 'http://127.0.0.1:4000',
      path: '/api/chat.postMessage',
      state: 'queued',
      ageMs: 2100,
    },
    evidence: ['no turn of the loop for 2100 ms'],
    stack: ['/app/timer.js:12:5 (onExpiry)'],
    fix: 'hand the notification to a thread whose loop turns',
    ...changes,
  };
}

export function sampleReport(changes: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    kind: 'bench',
    tool: { name: 'timer-notify', version: '0.1.0' },
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 12_345,
    environment: {
      node: '20.20.2',
      undici: '7.30.2',
      platform: 'linux',
      arch: 'x64',
      cpus: 2,
      threadpoolSize: 4,
    },
    cells: [sampleCell(), hungCell],
    thresholds: [],
    verdict: null,
    findings: [],
    ok: true,
    ...changes,
  };
}
