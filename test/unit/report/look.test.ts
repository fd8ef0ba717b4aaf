import { join } from 'node:path';
import { Chalk } from 'chalk';
import { expect, it } from 'vitest';
import { renderAnnotations } from '../../../src/report/annotations.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { renderJunit } from '../../../src/report/junit.ts';
import { lookSections } from '../../../src/report/look.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { renderDoctor } from '../../../src/report/terminal/doctor.ts';
import { doctorReport } from './sample-doctor.ts';
import { sampleFinding } from './sample-report.ts';

const thread = { id: 0, name: 'main', isMain: true };

it('names files as seen from the working directory, and nothing where nothing is known', () => {
  const place = join(process.cwd(), 'bot.mjs:3:1 (send)');
  const [section] = lookSections({
    awaits: [
      { thread, at: place, function: 'send', waitsFor: '', chain: [place], count: 1 },
      { thread, at: place, function: 'send', waitsFor: 'lock()', chain: [place, place], count: 2 },
    ],
  });
  expect(section?.lines).toEqual([
    'bot.mjs:3:1 (send)',
    'bot.mjs:3:1 (send) ← bot.mjs:3:1 (send): lock() (2 calls)',
  ]);
});

it('names the process of each line where there are several', () => {
  const look = {
    node: '20.20.0',
    spanMs: 2000,
    longestPauseMs: 1,
    snapshotPauseMs: 0,
    heapPausesMs: 0,
    descriptors: null,
    poolJobs: [],
    unreadMessages: 0,
    sockets: [],
    timers: [{ thread, dueInMs: 5, delayMs: 10, repeats: false, holdsTheThread: true, at: '/app/bot.mjs:1' }],
  };
  const request = { method: 'POST', origin: 'http://x', path: '/', state: 'sent', ageMs: 5 };
  const lines = (pids: readonly number[]) =>
    lookSections({
      pending: [{ ...request, pid: 11 }],
      awaits: [{ pid: 12, thread, at: 'a:1:1', function: '', waitsFor: '', chain: ['a:1:1'], count: 1 }],
      looks: pids.map((pid) => ({ ...look, pid })),
    })
      .filter(({ title }) => !title.startsWith('Process'))
      .flatMap((section) => section.lines);
  expect(lines([11, 12]).map((line) => line.split(': ')[0])).toEqual([
    'process 11',
    'process 12',
    'process 11',
    'process 12',
  ]);
  expect(lines([11]).join('\n')).not.toContain('process 11: ');
});

it('a finding names its process in every format', () => {
  const finding = sampleFinding({ pid: 4711 });
  const report = doctorReport({ ok: false, verdict: finding.code, findings: [finding, finding] });
  const style = { out: new Chalk({ level: 0 }), columns: 100 };
  expect(renderDoctor(report, style)).toMatch(/ Process +4711\n[\s\S]*• process 4711\n/);
  expect(renderMarkdown(report)).toContain('- process: 4711\n');
  expect(renderHtml(report)).toContain('<li>process: 4711</li>');
  expect(renderJunit(report)).toContain('(process 4711)');
  expect(renderAnnotations(report, '/')[0]).toContain('(process 4711)');
});
