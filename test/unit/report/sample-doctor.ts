import type { CheckReport, ThreadTimeline } from '../../../src/model/finding.ts';
import type { Report } from '../../../src/model/report.ts';
import { sampleFinding, sampleReport } from './sample-report.ts';

export const parkedThread: ThreadTimeline = {
  id: 3,
  name: 'heartbeat',
  isMain: false,
  pid: 1,
  startedAtMs: 100,
  endedAtMs: null,
  end: null,
  answered: 2,
  spans: [
    {
      kind: 'request',
      fromMs: 700,
      toMs: null,
      text: 'POST http://127.0.0.1/x',
      result: 'never sent',
      good: false,
    },
    { kind: 'parked', fromMs: 710, toMs: 4200, text: 'Atomics.wait', result: null, good: false },
  ],
};

export const sampleChecks: readonly CheckReport[] = [
  { id: 'dns', group: 'network', title: 'DNS', status: 'skipped', seen: 'nothing is configured', fix: null },
  { id: 'tcp', group: 'network', title: 'TCP', status: 'fail', seen: 'refused', fix: 'check the port' },
];

export const rootFinding = sampleFinding({
  title: 'The request was started on a loop that parked before it was sent',
});

export const sideFinding = sampleFinding({
  code: 'timer-overflow',
  severity: 'warning',
  title: 'A timer of 30 days fired at once',
});

export function doctorReport(changes: Partial<Report> = {}): Report {
  return {
    ...sampleReport(),
    kind: 'doctor',
    cells: [],
    thresholds: [],
    findings: [],
    verdict: 'healthy',
    ok: true,
    ...changes,
  };
}

export const brokenReport: Report = doctorReport({
  verdict: 'loop-parked',
  ok: false,
  findings: [sideFinding, rootFinding],
  threads: [parkedThread],
});
