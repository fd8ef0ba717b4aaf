import { describe, expect, it } from 'vitest';
import { convert } from 'xmlbuilder2';
import { renderJunit } from '../../../src/report/junit.ts';
import { hungCell, sampleCell, sampleFinding, sampleReport } from './sample-report.ts';

const failed = { expr: 'p99<5s', cell: 'detached/parked', actual: null, passed: false };
const passed = { expr: 'p99<5s', cell: 'shared-pool/parked', actual: 8, passed: true };

describe('the JUnit report', () => {
  it('has a test case for each threshold and cell, and one for the whole', () => {
    const xml = renderJunit(sampleReport({ thresholds: [passed, failed], ok: false }));
    expect(xml).toContain(
      '<testsuites name="timer-notify bench" tests="3" failures="2" errors="0" skipped="0"',
    );
    expect(xml).toContain('name="p99&lt;5s in shared-pool/parked"/>');
    expect(xml).toContain('<failure message="p99&lt;5s: no sample"/>');
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
    expect(xml).toContain('<failure message="The loop of thread 3 stands still">');
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
