import { describe, expect, it } from 'vitest';
import { renderPrometheus } from '../../../src/report/prometheus.ts';
import { hungCell, sampleCell, sampleFinding, sampleReport } from './sample-report.ts';

const line = /^[a-z_]+(\{[a-z_]+="(\\["\\n]|[^"\\])*"(,[a-z_]+="(\\["\\n]|[^"\\])*")*\})? -?[0-9.e+-]+$/;

describe('the Prometheus report', () => {
  it('gives latencies as a summary in seconds', () => {
    const text = renderPrometheus(sampleReport());
    const labels = 'path="expiry",context="parked",strategy="shared-pool",fault=""';
    expect(text).toContain(`timer_notify_latency_seconds{${labels},quantile="0.99"} 0.008\n`);
    expect(text).toContain(`timer_notify_latency_seconds_count{${labels}} 100\n`);
  });

  it('counts notifications by outcome', () => {
    expect(renderPrometheus(sampleReport({ cells: [hungCell] }))).toContain('outcome="hung"} 100\n');
  });

  it('leaves skipped cells out', () => {
    const cells = [sampleCell({ skipped: 'npm i bullmq' })];
    expect(renderPrometheus(sampleReport({ cells }))).not.toContain('timer_notify_notifications');
  });

  it('of a doctor has its findings and checks', () => {
    const checks = [
      { id: 'tcp', group: 'network', title: 'TCP', status: 'fail', seen: 'refused', fix: null },
    ] as const;
    const text = renderPrometheus(
      sampleReport({ kind: 'doctor', cells: [], findings: [sampleFinding(), sampleFinding()], checks }),
    );
    expect(text).toContain('timer_notify_findings{code="loop-parked",severity="error"} 2\n');
    expect(text).toContain('timer_notify_checks{status="fail"} 1\n');
  });

  it('says whether each threshold holds', () => {
    const thresholds = [{ expr: 'p99<5s', cell: null, actual: null, passed: false }];
    expect(renderPrometheus(sampleReport({ thresholds }))).toContain(
      'timer_notify_threshold_passed{expr="p99<5s",cell=""} 0\n',
    );
  });

  it('follows the exposition format in every line, whatever a label holds', () => {
    const cells = [sampleCell({ fault: 'a"b\\c\nd' })];
    const lines = renderPrometheus(sampleReport({ cells })).trimEnd().split('\n');
    expect(lines.filter((text) => !text.startsWith('# ') && !line.test(text))).toEqual([]);
  });

  it('says that a run was interrupted, and of no threshold that it holds', () => {
    const thresholds = [
      { expr: 'hung==0', cell: 'shared-pool/parked', actual: 0, passed: true },
      { expr: 'p99<5s', cell: 'shared-pool/parked', actual: 9000, passed: false },
    ];
    const text = renderPrometheus(sampleReport({ thresholds, partial: true }));
    expect(text).toContain('timer_notify_partial 1\n');
    expect(text.match(/^timer_notify_threshold_passed\{.*/gm)).toEqual([
      'timer_notify_threshold_passed{expr="p99<5s",cell="shared-pool/parked"} 0',
    ]);
    expect(renderPrometheus(sampleReport())).toContain('timer_notify_partial 0\n');
  });
});
