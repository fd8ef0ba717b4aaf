import { describe, expect, it } from 'vitest';
import { strategyNames } from '../../../src/model/names.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { reportFilledWith } from './filled-report.ts';
import { doctorReport, parkedThread, sampleChecks } from './sample-doctor.ts';
import { benchCell, hungCell, sampleBenchReport, sampleFinding, sampleReport } from './sample-report.ts';

describe('the HTML report', () => {
  it('is one file: no script, and nothing to load', () => {
    const page = renderHtml(sampleBenchReport());
    expect(page).not.toMatch(/<script|<iframe|@import|\bsrc=|url\(|https?:\/\//i);
  });

  it('groups the digits of large counts, and repeats titles where a narrow screen stacks a row', () => {
    const page = renderHtml(
      sampleBenchReport({ cells: [benchCell([1, 2], { sent: 15_030, delivered: 15_030 })] }),
    );
    expect(page).toContain('of 15,030 notifications delivered');
    expect(page).toMatch(/data-title="delivered">15,030</);
    expect(page).not.toContain('>15030<');
    expect(page).toMatch(/class="scroll stacked"[^>]*>\s*<table>\s*<caption>Thresholds/);
    expect(page).toMatch(/data-title="worst">/);
  });

  it('lets no text of the diagnosed program become markup', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const finding = sampleFinding({ title: evil, evidence: [evil], stack: [evil], fix: evil });
    const page = renderHtml(sampleReport({ findings: [finding] }));
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
  });

  it('lets no text of a stored report become markup, whichever field it is in', () => {
    expect(renderHtml(reportFilledWith('<img src=x onerror=alert(1)>'))).not.toContain('<img');
  });

  it('draws a percentile curve and a distribution for each context that delivered', () => {
    const page = renderHtml(sampleBenchReport());
    expect([...page.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map(([, title]) => title)).toEqual([
      'Percentiles: parked',
      'Distribution: parked',
      'Percentiles: main',
      'Distribution: main',
    ]);
  });

  it('says in words what each chart shows', () => {
    expect(renderHtml(sampleBenchReport())).toContain(
      '<desc id="percentiles-0-text">shared-pool: median 2.99 ms, 99th percentile 4.95 ms, maximum 4.99 ms</desc>',
    );
  });

  it('shows what doctor checked and what each thread did, in words too', () => {
    const page = renderHtml(doctorReport({ checks: sampleChecks, threads: [parkedThread] }));
    expect(page).toMatch(/<th scope="row">TCP<\/th><td class="" data-title="\w+">✖ failed<\/td>/);
    expect(page).toContain(
      'aria-label="heartbeat: POST http://127.0.0.1/x from 700 ms to the end, never sent; parked in Atomics.wait from 710 ms to 4.2 s"',
    );
  });

  it('names the cause and the count of what hung in the heat map', () => {
    expect(renderHtml(sampleReport({ cells: [hungCell] }))).toMatch(
      /class="heat none"><strong>0 %<\/strong> <small>100 hung<\/small> <small>loop-parked<\/small>/,
    );
  });

  it('leads with the matrix, whichever command made the report', () => {
    for (const kind of ['repro', 'bench'] as const) {
      const page = renderHtml(sampleBenchReport({ kind }));
      expect(page.indexOf('id="matrix"')).toBeLessThan(page.indexOf('id="thresholds"'));
    }
  });

  it('ends no line within the name of an option', () => {
    const warnings = [{ code: 'few-samples', cell: null, text: 'use a higher --rate' }] as const;
    expect(renderHtml(sampleReport({ warnings }))).toContain('higher <span class="option">--rate</span>');
  });

  it('gives a finding with its fix', () => {
    expect(renderHtml(sampleReport({ findings: [sampleFinding()] }))).toContain(
      '<strong>Fix:</strong> <span>hand the notification to a thread whose loop runs</span>',
    );
  });

  it('stays below 1 MB for a full matrix', () => {
    const latencies = Array.from({ length: 3000 }, (_, index) => Math.exp((index * 7919) % 97) ** 0.08);
    const cells = Array.from({ length: 15 }, () =>
      strategyNames.map((strategy) => benchCell(latencies, { strategy })),
    );
    expect(renderHtml(sampleBenchReport({ cells: cells.flat() })).length).toBeLessThan(1_000_000);
  });

  it('has something to show for an empty report', () => {
    expect(renderHtml(sampleReport({ cells: [] }))).toContain('<h1>timer-notify bench');
  });

  it('shows as code what stands between backticks, and no backtick', () => {
    const finding = { ...sampleFinding(), evidence: ['the await of `new Promise(() => {})` was pending'] };
    const page = renderHtml(sampleReport({ findings: [finding] }));
    expect(page).toContain('<li>the await of <code>new Promise(() =&gt; {})</code> was pending</li>');
  });
});
