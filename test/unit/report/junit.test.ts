import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { convert } from 'xmlbuilder2';
import { renderJunit } from '../../../src/report/junit.ts';
import { hungCell, sampleCell, sampleFinding, sampleReport } from './sample-report.ts';

const failed = { expr: 'p99<5s', cell: 'detached/parked', actual: null, passed: false };
const passed = { expr: 'p99<5s', cell: 'shared-pool/parked', actual: 8, passed: true };

/** The elements and attributes of the xUnit plugin's junit-10.xsd that a report may use. */
const junitSchema: Readonly<Record<string, { allowed: readonly string[]; required: readonly string[] }>> = {
  testsuites: { allowed: ['name', 'time', 'tests', 'failures', 'errors'], required: [] },
  testsuite: {
    allowed: ['name', 'tests', 'failures', 'errors', 'time', 'skipped', 'timestamp', 'hostname', 'id'],
    required: ['name', 'tests', 'failures', 'errors'],
  },
  testcase: { allowed: ['name', 'classname', 'time', 'group'], required: ['name', 'time'] },
  failure: { allowed: ['type', 'message'], required: ['message'] },
  skipped: { allowed: ['type', 'message'], required: [] },
};

const everyKind = sampleReport({
  thresholds: [passed, failed],
  cells: [{ ...hungCell, expected: false }, sampleCell({ skipped: 'npm i bullmq' })],
  findings: [sampleFinding()],
  ok: false,
});

/** Of the xUnit plugin, with its licence at the top: https://github.com/jenkinsci/xunit-plugin */
const jenkinsSchema = fileURLToPath(new URL('../../../fixtures/junit/jenkins-junit-10.xsd', import.meta.url));
const noXmllint =
  spawnSync('xmllint', ['--version']).status === 0 ? null : 'there is no xmllint (Debian: libxml2-utils)';

describe('the JUnit report of an interrupted run', () => {
  const interrupted = (changes = {}) =>
    renderJunit(sampleReport({ thresholds: [passed], ok: false, partial: true, ...changes }));

  it('says so and passes nothing that was not measured to its end', () => {
    const text = interrupted({ cells: [sampleCell({ skipped: 'not measured' })] });
    expect(text).toContain('<failure message="interrupted: this is what was seen until then"');
    expect(text.match(/<testcase /g)).toHaveLength(3);
    expect(text.match(/<skipped message="/g)).toHaveLength(2);
    expect(text).toContain('interrupted: it held for what was measured until then');
  });

  it('says so beside what has failed already', () => {
    const text = interrupted({ thresholds: [failed] });
    expect(text.match(/<failure message="/g)).toHaveLength(2);
    expect(text).toContain('"interrupted: this is what was seen until then"');
  });
});

describe('the JUnit report', () => {
  it.skipIf(noXmllint !== null).each([
    ['a bench with everything in it', everyKind],
    ['the same, interrupted', { ...everyKind, thresholds: [passed], partial: true as const }],
    [
      'a doctor that found something',
      sampleReport({ kind: 'doctor', cells: [], findings: [sampleFinding()] }),
    ],
    ['a run of nothing', sampleReport({ cells: [] })],
  ])('is valid by Jenkins’ own schema: %s', (_, report) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', jenkinsSchema, '-'], {
      input: renderJunit(report),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '- validates\n' });
  });
  if (noXmllint !== null) it.skip(`is valid by Jenkins’ own schema: ${noXmllint}`, () => {});

  it('has a test case for each threshold and cell', () => {
    const xml = renderJunit(sampleReport({ thresholds: [passed, failed], ok: false }));
    expect(xml).toContain(
      '<testsuites name="timer-notify bench" tests="2" failures="1" errors="0" time="12.345">',
    );
    expect(xml).toContain('name="p99&lt;5s in shared-pool/parked" time="0.000"/>');
    expect(xml).toContain('<failure message="p99&lt;5s: no sample"/>');
  });

  it('has a failure for the whole only where no part of it has one', () => {
    const whole = renderJunit(
      sampleReport({ kind: 'doctor', cells: [], ok: false, verdict: 'inconclusive' }),
    );
    expect(whole).toContain('<failure message="inconclusive"/>');
    const found = renderJunit(
      sampleReport({ kind: 'doctor', cells: [], ok: false, findings: [sampleFinding()] }),
    );
    expect(found.match(/<failure/g)).toHaveLength(1);
  });

  it('holds nothing but what Jenkins’ schema knows, and what it requires', () => {
    const xml = renderJunit(everyKind);
    for (const [, name = '', text = ''] of xml.matchAll(/<(\w+)((?: [\w-]+="[^"]*")*)\/?>/g)) {
      const attributes = [...text.matchAll(/ ([\w-]+)=/g)].map(([, attribute]) => attribute);
      const { allowed = [], required = [] } = junitSchema[name] ?? {};
      expect(
        attributes.filter((attribute) => !allowed.includes(attribute ?? '')),
        name,
      ).toEqual([]);
      expect(
        required.filter((attribute) => !attributes.includes(attribute)),
        name,
      ).toEqual([]);
    }
  });

  it('fails the cells that came out otherwise than expected', () => {
    const xml = renderJunit(
      sampleReport({
        kind: 'repro',
        cells: [{ ...hungCell, expected: false }, sampleCell({ expected: true })],
      }),
    );
    expect(xml).toContain(
      '<failure message="0 % of 100 delivered, otherwise than expected">100 hung\nloop-parked</failure>',
    );
    expect(xml).toContain('<testsuite name="cells" tests="2" failures="1"');
  });

  it('skips what was skipped, with the reason', () => {
    const xml = renderJunit(sampleReport({ cells: [sampleCell({ skipped: 'npm i bullmq' })] }));
    expect(xml).toContain('<skipped message="npm i bullmq"/>');
  });

  it('carries a finding with its fix', () => {
    const xml = renderJunit(sampleReport({ kind: 'doctor', cells: [], findings: [sampleFinding()] }));
    expect(xml).toContain('<failure message="The event loop of thread 3 is parked">');
    expect(xml).toContain('fix: hand the notification');
  });

  it('stays well-formed whatever the program printed', () => {
    const title = '\u001b[31mred\u001b[0m ]]> & <b> "q" \ud800 \u0000';
    const xml = renderJunit(sampleReport({ findings: [sampleFinding({ title, evidence: [title] })] }));
    expect(JSON.stringify(convert(xml, { format: 'object' }))).toContain(
      '[31mred [0m ]]&gt; &amp; &lt;b&gt;',
    );
  });
});

describe('the JUnit report of a comparison', () => {
  it('says of what can’t be determined how many rounds would tell more', () => {
    const change = { cell: 'shared-pool/parked', metric: 'p50', before: 10, after: 14, p: 0.3 } as const;
    const comparison = {
      baseline: { startedAt: '2026-01-01T00:00:00.000Z', version: '1' },
      changes: [{ ...change, verdict: 'inconclusive' as const }],
      fewRounds: { current: 3, baseline: 3, enough: 5 },
    };
    expect(renderJunit(sampleReport({ comparison }))).toContain(
      'can’t tell: p = 0.3; --rounds 5 or more on both sides would show more',
    );
  });
});
