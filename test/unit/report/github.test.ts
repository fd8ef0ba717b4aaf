import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderAnnotations } from '../../../src/report/annotations.ts';
import { announceOnGithub } from '../../../src/report/github.ts';
import { hungCell, sampleFinding, sampleReport } from './sample-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function announce(env: NodeJS.ProcessEnv): Promise<string[]> {
  const lines: string[] = [];
  await announceOnGithub(sampleReport({ findings: [sampleFinding()] }), env, (line) => lines.push(line));
  return lines;
}

describe('annotations', () => {
  it('point at the file of the repository where a finding was seen', () => {
    expect(renderAnnotations(sampleReport({ findings: [sampleFinding()] }), '/app')).toEqual([
      '::error file=timer.js,line=12,title=timer-notify%3A loop-parked::The event loop of thread 3 is parked%0AFix: hand the notification to a thread whose loop runs',
    ]);
  });

  it('name no file outside the repository', () => {
    const [line] = renderAnnotations(sampleReport({ findings: [sampleFinding()] }), '/elsewhere');
    expect(line).toMatch(/^::error title=/);
  });

  it('are one for each failed threshold', () => {
    const failing = { expr: 'completion>=100%', passed: false };
    const thresholds = [
      { ...failing, cell: 'detached/parked', actual: 0 },
      { ...failing, cell: 'bridged/parked', actual: 0.5 },
      { expr: 'hung==0', cell: 'bridged/main', actual: 0, passed: true },
    ];
    expect(renderAnnotations(sampleReport({ thresholds }), '/app')).toEqual([
      '::error title=timer-notify%3A threshold failed::completion>=100%25: 0 %25 in detached/parked and 1 more',
    ]);
  });

  it('tell of a cell that came out otherwise than expected', () => {
    const [line] = renderAnnotations(sampleReport({ cells: [{ ...hungCell, expected: false }] }), '/app');
    expect(line).toContain('detached/parked, expiry: 0 %25 delivered, 100 hung, loop-parked');
  });
});

describe('under GitHub Actions', () => {
  it('annotations are printed and the report goes to the step summary', async () => {
    const summary = join(folder, 'summary.md');
    const lines = await announce({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });
    expect(lines).toHaveLength(1);
    expect(readFileSync(summary, 'utf8')).toMatch(/^## timer-notify bench/);
  });

  it('an unwritable step summary is told and harms nothing', async () => {
    const lines = await announce({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'a', 'b') });
    expect(lines[1]).toMatch(/^could not write the step summary/);
  });

  it('elsewhere nothing is printed', async () => {
    expect(await announce({ CI: 'true' })).toEqual([]);
  });
});
