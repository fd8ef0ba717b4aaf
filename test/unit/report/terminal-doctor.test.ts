import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { Report, ThreadTimeline } from '../../../src/report/report.ts';
import { renderDoctor } from '../../../src/report/terminal/doctor.ts';
import { sampleFinding, sampleReport } from './sample-report.ts';

const plain = (columns: number) => ({ out: new Chalk({ level: 0 }), columns });

const root = sampleFinding({ title: 'The request was started on a loop that parked before it was sent' });
const aside = sampleFinding({
  code: 'timer-overflow',
  severity: 'warning',
  title: 'A timer of 30 days fired at once',
});

const parkedThread: ThreadTimeline = {
  id: 3,
  name: 'heartbeat',
  isMain: false,
  pid: 1,
  startedAtMs: 100,
  endedAtMs: null,
  end: null,
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

function report(changes: Partial<Report>): Report {
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

const broken = report({
  verdict: 'loop-parked',
  ok: false,
  findings: [aside, root],
  threads: [parkedThread],
});

describe('the doctor’s report in a terminal', () => {
  test('starts with the verdict, then its evidence, its fix, and only then the rest', () => {
    const text = renderDoctor(broken, plain(80));
    const order = ['✖ loop-parked', root.title, 'Evidence', 'Fix', '⚠ timer-overflow', 'Timeline'];
    const places = order.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  test.each([60, 80, 120])('fits %d columns', (columns) => {
    const longest = Math.max(
      ...renderDoctor(broken, plain(columns))
        .split('\n')
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(columns);
  });

  test('draws a thread’s standstill and the request that it kept', () => {
    const lines = renderDoctor(broken, plain(80)).split('\n');
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
    const text = renderDoctor(report({ threads: [busy] }), plain(80));
    expect(text).toContain('never sent');
    expect(text).toContain('4996 more requests');
  });

  test('a healthy program is told so in one line', () => {
    expect(renderDoctor(report({}), plain(80))).toMatch(/^✔ healthy\n {2}Every request/);
  });

  test('a check shows what was seen and, below it, what to do', () => {
    const text = renderDoctor(
      report({
        checks: [
          {
            id: 'dns',
            group: 'network',
            title: 'DNS',
            status: 'skipped',
            seen: 'nothing is configured',
            fix: null,
          },
          {
            id: 'tcp',
            group: 'network',
            title: 'TCP',
            status: 'fail',
            seen: 'refused',
            fix: 'check the port',
          },
        ],
      }),
      plain(80),
    );
    expect(text).toMatch(/ – DNS +nothing is configured\n +✖ TCP +refused\n +→ check the port/);
    expect(text).toContain('2 checks: 1 failed, 1 not checked');
  });

  test('uses no colour codes where there is no colour', () => {
    expect(renderDoctor(broken, plain(80))).not.toContain('\u001b');
  });
});
