import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { reportFilledWith } from './filled-report.ts';
import { doctorReport, parkedThread, sampleChecks } from './sample-doctor.ts';
import { hungCell, sampleCell, sampleFinding, sampleReport, sampleTrials } from './sample-report.ts';

describe('the Markdown report', () => {
  it('shows each cell with its completion and percentiles', () => {
    const row = rowOf(renderMarkdown(sampleReport()), 'shared-pool/parked');
    expect(row).toEqual([
      '✅',
      'expiry',
      '`shared-pool/parked`',
      '100',
      '100 %',
      '2 ms',
      '8 ms',
      '9.5 ms',
      '200/s',
      '',
    ]);
  });

  it('leads with a sentence and the matrix, and folds the figures', () => {
    const markdown = renderMarkdown(sampleReport({ kind: 'repro' }));
    const places = [
      'Delivered 100 % of the expiries in parked: shared-pool.',
      '\n| expiry ',
      '<details><summary>Figures of 2 cells</summary>',
      'timer-notify 0.1.0 ·',
    ].map((part) => markdown.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(rowOf(markdown, '`parked` ')).toEqual(['`parked`', '✅ 2 ms', '⚠️ 0 % 100 hung']);
  });

  it('says how the trials were made', () => {
    const trials = { ...sampleTrials, count: 50, replySizeBytes: 128 * 1024 };
    expect(renderMarkdown(sampleReport({ kind: 'repro', trials }))).toContain(
      '50 timers a cell, due after 100 ms, outcomes awaited for 1 s, responses of 128 KB',
    );
  });

  it('shows what came out otherwise than expected before everything that did not', () => {
    const markdown = renderMarkdown(
      sampleReport({ cells: [sampleCell(), { ...hungCell, expected: false }] }),
    );
    expect(markdown.indexOf('### Not as expected')).toBeLessThan(markdown.indexOf('<details>'));
  });

  it('of a bench ranks the strategies that delivered everything', () => {
    const rank = { path: 'expiry', context: 'main', fault: null, measure: 'p50' } as const;
    const markdown = renderMarkdown(
      sampleReport({
        ranking: [
          { ...rank, strategy: 'shared-pool', factor: 1, uncertainty: null },
          { ...rank, strategy: 'bridged', factor: 1.5, uncertainty: 0.1 },
        ],
      }),
    );
    expect(rowOf(markdown, '`bridged`')).toEqual(['main', '`bridged`', '1.50 ± 0.10 ×']);
  });

  it('does not rank what may be as good as the best', () => {
    const rank = { path: 'expiry', context: 'main', fault: null, measure: 'p50' } as const;
    const ranking = [
      { ...rank, strategy: 'shared-pool', factor: 1, uncertainty: null },
      { ...rank, strategy: 'bridged', factor: 3.59, uncertainty: 12 },
    ] as const;
    expect(rowOf(renderMarkdown(sampleReport({ ranking })), '`bridged`')).toEqual([
      'main',
      '`bridged`',
      '3.59 ± 12.00 ×, can’t tell',
    ]);
  });

  it('names the command, the commit and links a line to its page, the person’s own lines first', () => {
    const stack = ['/app/node_modules/got/index.js:9:1 (request)', '/app/src/bot.js:12:5 (onExpiry)'];
    const source = { commit: 'a'.repeat(40), root: '/app', page: 'https://github.com/me/bot' };
    const markdown = renderMarkdown(
      sampleReport({ findings: [sampleFinding({ stack })], watched: ['node', 'bot.js'], source }),
    );
    expect(
      markdown,
    ).toContain(`1. [\`src/bot.js:12:5 (onExpiry)\`](https://github.com/me/bot/blob/${source.commit}/src/bot.js#L12)
1. \`node_modules/got/index.js:9:1 (request)\``);
    expect(markdown).toContain('watched node bot.js · commit aaaaaaaaaaaa');
  });

  it('says what became of the undelivered and why', () => {
    const row = rowOf(renderMarkdown(sampleReport()), 'detached/parked');
    expect(row.at(-1)).toBe('100 hung · `loop-parked`');
  });

  it('shows what doctor checked and what each thread did', () => {
    const page = renderMarkdown(doctorReport({ checks: sampleChecks, threads: [parkedThread] }));
    expect(rowOf(page, '`tcp`')).toEqual(['❌', '`tcp`', 'refused', 'check the port']);
    expect(page).toContain('❌ `POST http://127.0.0.1/x` 700 ms to the end: never sent');
    expect(page).toContain('⛔ parked 710 ms to 4.2 s: `Atomics.wait`');
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
      .replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '')
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
      '4 ms',
      '40 ms',
      '+900 %',
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
