import { LatencyHistogram } from '../../../src/measure/histogram.ts';
import type { Load } from '../../../src/model/bench.ts';
import type { Cell } from '../../../src/model/cell.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Trials } from '../../../src/model/trials.ts';

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
    title: 'The event loop of thread 3 is parked',
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
    fix: 'hand the notification to a thread whose loop runs',
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

/** A bench cell recorded from these latencies, as two equal rounds. */
export function benchCell(latenciesMs: readonly number[], changes: Partial<Cell> = {}): Cell {
  const histogram = LatencyHistogram.of(latenciesMs);
  const latencyMs = histogram.summary();
  const count = latenciesMs.length;
  const round = { sent: count / 2, delivered: count / 2, completionRate: 1, latencyMs, throughputPerS: 200 };
  return sampleCell({
    sent: count,
    delivered: count,
    latencyMs,
    histogram: histogram.encode(),
    rounds: [
      { number: 1, offeredPerS: 200, ...round },
      { number: 2, offeredPerS: 200, ...round },
    ],
    resources: {
      cpuMs: 420,
      peakRssBytes: 80 * 1024 * 1024,
      requestsPerConnection: 25,
      leakedSockets: 0,
      threads: [
        { name: 'main', utilization: 0.05 },
        { name: 'heartbeat', utilization: 0.2 },
      ],
      emulatorUtilization: 0.3,
    },
    ...changes,
  });
}

export const sampleLoad: Load = {
  arrival: { mode: 'open', ratePerS: 200 },
  durationMs: 1000,
  count: null,
  warmUpMs: 200,
  rounds: 2,
  replySizeBytes: null,
  shard: null,
};

export const sampleTrials: Trials = {
  runtime: 'node',
  contexts: ['parked'],
  strategies: ['shared-pool', 'detached'],
  paths: ['expiry'],
  count: 1,
  afterMs: 100,
  patienceMs: 1000,
  deadlineMs: 800,
  replySizeBytes: null,
};

export function sampleBenchReport(changes: Partial<Report> = {}): Report {
  const latencies = Array.from({ length: 400 }, (_, index) => 1 + index / 100);
  return sampleReport({
    load: sampleLoad,
    cells: [benchCell(latencies), benchCell(latencies, { context: 'main' }), hungCell],
    thresholds: [{ expr: 'p99<5s', cell: 'shared-pool/parked', actual: 4.96, passed: true }],
    warnings: [
      { code: 'few-samples', cell: 'shared-pool/parked', text: '400 samples are too few for p99.9' },
    ],
    ranking: [
      {
        path: 'expiry',
        context: 'parked',
        strategy: 'shared-pool',
        fault: null,
        measure: 'p50',
        factor: 1,
        uncertainty: null,
      },
    ],
    ...changes,
  });
}
