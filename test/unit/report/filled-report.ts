import { type Report, reportSchema } from '../../../src/model/report.ts';
import { doctorReport, parkedThread, sampleChecks } from './sample-doctor.ts';
import { sampleCell, sampleFinding, sampleReport } from './sample-report.ts';

/** A report that has every part. */
function everyPart(): Report {
  const { checks, threads } = doctorReport({ checks: sampleChecks, threads: [parkedThread] });
  return sampleReport({
    findings: [sampleFinding()],
    checks: checks ?? [],
    threads: threads ?? [],
    cells: [sampleCell({}), sampleCell({ skipped: 'npm i x' })],
    thresholds: [{ expr: 'p99<5s', cell: 'a/b', actual: null, passed: false }],
    warnings: [{ code: 'few-samples', cell: 'a/b', text: 'x' }],
    timelines: [
      {
        title: 'x',
        context: 'worker',
        strategy: 'detached',
        path: 'expiry',
        lines: [{ atMs: 1, source: 'log', text: 'x', good: true }],
      },
    ],
    comparison: {
      baseline: { startedAt: '2026-01-01T00:00:00.000Z', version: '1' },
      changes: [{ cell: 'a/b', metric: 'p99', before: 1, after: 2, p: 0.1, verdict: 'worse' }],
    },
  });
}

/** A stored report with this text in every field where the schema allows it. */
export function reportFilledWith(filling: string): Report {
  const filled: unknown = structuredClone(everyPart());
  fill(filled, filling, () => reportSchema.safeParse(filled).success);
  return reportSchema.parse(filled);
}

function fill(value: unknown, filling: string, isAllowed: () => boolean): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    fill(field, filling, isAllowed);
    if (typeof field !== 'string') continue;
    Reflect.set(value, key, filling);
    if (!isAllowed()) Reflect.set(value, key, field);
  }
}
