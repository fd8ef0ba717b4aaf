import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../../src/model/finding.ts';
import { renderDoctor } from '../../../src/report/terminal/doctor.ts';
import { brokenReport, doctorReport, parkedThread, rootFinding, sampleChecks } from './sample-doctor.ts';
import { sampleFinding } from './sample-report.ts';

const plain = (columns: number) => ({ out: new Chalk({ level: 0 }), columns });

describe('the doctor’s report in a terminal', () => {
  test('starts with the verdict, then its evidence, its fix, and only then the rest', () => {
    const text = renderDoctor(brokenReport, plain(80));
    const order = ['✖ loop-parked', rootFinding.title, 'Evidence', 'Fix', '⚠ timer-overflow', 'Timeline'];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  test.each([60, 80, 120])('fits %d columns', (columns) => {
    const longest = Math.max(
      ...renderDoctor(brokenReport, plain(columns))
        .split('\n')
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(columns);
  });

  test('draws a thread’s standstill and the request that it kept', () => {
    const lines = renderDoctor(brokenReport, plain(80)).split('\n');
    expect(lines.find((line) => line.includes('heartbeat ') && line.includes('▒'))).toMatch(/─+▒+/);
    expect(lines.find((line) => line.includes('never sent'))).toMatch(/┄+ ✖ never sent/);
  });

  test('shows the bad requests of a thread that made thousands', () => {
    const good = Array.from({ length: 5000 }, (_, index) => ({
      kind: 'request' as const,
      fromMs: index,
      toMs: index + 1,
      text: 'GET http://127.0.0.1/y',
      result: '200',
      good: true,
    }));
    const busy = { ...parkedThread, spans: [...good, ...parkedThread.spans] };
    const text = renderDoctor(doctorReport({ threads: [busy] }), plain(80));
    expect(text).toContain('never sent');
    expect(text).toContain('4996 more requests');
  });

  test('a healthy program is told so in one line', () => {
    const seen = { requests: 3, answered: 2, sentAgain: 1, underWay: 0, blockedMs: 0, queuedJobs: 0 };
    expect(renderDoctor(doctorReport({ seen }), plain(80))).toMatch(
      /^✔ healthy\n {2}3 requests seen, 2 answered, 1 sent again\.\n/,
    );
  });

  test('an interrupted run claims no more than it saw', () => {
    const text = renderDoctor(doctorReport({ ok: false, partial: true }), plain(80));
    expect(text).toMatch(/^⚠ healthy so far {2}\(interrupted/);
  });

  test('a run of checks says what it has not checked and what is to look at, and wears no green badge', () => {
    const [dns, tcp] = sampleChecks;
    const warned = { ...tcp, status: 'warn', title: 'Node version' } as CheckReport;
    const passed = { ...tcp, status: 'ok', title: 'clock' } as CheckReport;
    const text = renderDoctor(doctorReport({ checks: [dns, warned, passed] as CheckReport[] }), plain(200));
    expect(text).toMatch(
      /^⚠ healthy as far as checked, with 1 warning\n {2}1 of 3 checks passed\. To look at: Node version\. Not checked: network \(1 of 3\)\.\n/,
    );
    expect(renderDoctor(doctorReport({ checks: [passed] }), plain(80))).toMatch(/^✔ healthy\n/);
  });

  test('a check shows what was seen and, below it, what to do', () => {
    const text = renderDoctor(
      doctorReport({
        checks: sampleChecks,
      }),
      plain(80),
    );
    expect(text).toMatch(/ – DNS +nothing is configured\n +✖ TCP +refused\n +→ check the port/);
    expect(text).toContain('2 checks: 1 failed, 1 not checked');
  });

  test('checks that gave no answer are followed by what they need, which no row says', () => {
    const finding = { ...sampleFinding(), title: 'Nothing was checked', fix: 'go there' };
    const report = doctorReport({
      checks: sampleChecks.filter(({ status }) => status === 'skipped'),
      findings: [finding],
      verdict: 'inconclusive',
      ok: false,
    });
    expect(renderDoctor(report, plain(80))).toMatch(/Nothing was checked\n\n {2}Fix +go there\n\n/);
  });

  test('uses no colour codes where there is no colour', () => {
    expect(renderDoctor(brokenReport, plain(80))).not.toContain('\u001b');
  });
});
