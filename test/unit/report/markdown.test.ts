import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { reportFilledWith } from './filled-report.ts';
import { doctorReport, parkedThread, sampleChecks } from './sample-doctor.ts';
import { sampleCell, sampleFinding, sampleReport } from './sample-report.ts';

describe('the Markdown report', () => {
  it('shows each cell with its completion and percentiles', () => {
    const row = rowOf(renderMarkdown(sampleReport()), 'shared-pool/parked');
    expect(row).toEqual([
      '✅',
      'expiry',
      '`shared-pool/parked`',
      '100',
      '100 %',
      '2.00 ms',
      '8.00 ms',
      '9.50 ms',
      '200/s',
      '',
    ]);
  });

  it('says what became of the undelivered and why', () => {
    const row = rowOf(renderMarkdown(sampleReport()), 'detached/parked');
    expect(row.at(-1)).toBe('100 hung · `loop-parked`');
  });

  it('shows what doctor checked and what each thread did', () => {
    const page = renderMarkdown(doctorReport({ checks: sampleChecks, threads: [parkedThread] }));
    expect(rowOf(page, '`tcp`')).toEqual(['❌', '`tcp`', 'refused', 'check the port']);
    expect(page).toContain('❌ `POST http://127.0.0.1/x` 700 ms to the end: never sent');
    expect(page).toContain('⛔ parked 710 ms to 4.20 s: `Atomics.wait`');
  });

  it('names the reason of a skipped cell', () => {
    const skipped = sampleCell({ context: 'piscina', skipped: 'npm i bullmq' });
    expect(renderMarkdown(sampleReport({ cells: [skipped] }))).toContain('skipped: npm i bullmq');
  });

  it('shows a threshold that no sample answers as failed', () => {
    const thresholds = [{ expr: 'p99<5s', cell: null, actual: null, passed: false }];
    expect(rowOf(renderMarkdown(sampleReport({ thresholds })), 'p99<5s')).toEqual([
      '❌',
      '`p99<5s`',
      'no sample',
      'no such cell',
      '1 of 1 failed',
    ]);
  });

  it('shows a finding with its evidence, stack and fix', () => {
    const markdown = renderMarkdown(sampleReport({ kind: 'doctor', cells: [], findings: [sampleFinding()] }));
    expect(markdown).toContain('no turn of the loop for 2100 ms');
    expect(markdown).toContain('/app/timer.js:12:5 (onExpiry)');
    expect(markdown).toContain('**Fix:** hand the notification');
  });

  it('lets no text of a stored report become markup, whichever field it is in', () => {
    const markup = 'a <img src=x>\r# forged\n- forged [x](http://evil) ``` ~~~ | `b`';
    const page = renderMarkdown(reportFilledWith(markup));
    const shown = page
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .replaceAll('\\`', '')
      .replaceAll(/`[^`\n]*`/g, '');
    expect(shown).not.toContain('<img');
    expect(shown).not.toMatch(/^\W*forged/m);
    expect(shown).not.toContain('[x]');
  });

  it('lets no text of the diagnosed program become markup', () => {
    const evil = sampleFinding({ title: '<script>alert(1)</script> | `x`\n# big' });
    const markdown = renderMarkdown(sampleReport({ findings: [evil] }));
    expect(markdown).not.toContain('<script>');
    expect(markdown).not.toMatch(/^# big/m);
  });

  it('of a huge matrix stays below what GitHub accepts in a comment', () => {
    const cells = Array.from({ length: 2000 }, () => sampleCell({ fault: 'hang:10%,latency:50ms' }));
    expect(renderMarkdown(sampleReport({ cells })).length).toBeLessThan(65_536);
  });

  it('of a bench says what has changed since the baseline, and what not to trust', () => {
    const comparison = {
      baseline: { startedAt: '2026-01-01T00:00:00.000Z', version: '0.1.0' },
      changes: [
        { cell: 'bridged/main', metric: 'p99', before: 4, after: 40, p: 0.02, verdict: 'worse' },
        { cell: 'bridged/main', metric: 'completion', before: 1, after: 1, p: 1, verdict: 'same' },
      ],
    } as const;
    const warnings = [{ code: 'few-samples', cell: null, text: 'p99 rests on few samples' }] as const;
    const markdown = renderMarkdown(sampleReport({ comparison, warnings }));
    expect(rowOf(markdown, 'bridged/main')).toEqual([
      '❌ worse',
      'p99',
      '`bridged/main`',
      '4.00 ms',
      '40.0 ms',
      '0.020',
    ]);
    expect(markdown).toContain('1 of 2 figures are the same.');
    expect(markdown).toContain('> ⚠️ p99 rests on few samples');
  });

  it('marks an interrupted run', () => {
    expect(renderMarkdown(sampleReport({ partial: true }))).toContain('Interrupted');
  });
});

function rowOf(markdown: string, text: string): string[] {
  const line = markdown.split('\n').find((candidate) => candidate.includes(text)) ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
