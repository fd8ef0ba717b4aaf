import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { ThreadSpan, ThreadTimeline } from '../../../src/model/finding.ts';
import { threadSection } from '../../../src/report/html/threads.ts';
import { renderThreads } from '../../../src/report/terminal/thread-chart.ts';

const request = (span: Partial<ThreadSpan>): ThreadSpan => ({
  kind: 'request',
  fromMs: 100,
  toMs: 200,
  text: 'POST http://127.0.0.1:7801/api/chat.postMessage',
  result: '200',
  good: true,
  ...span,
});

const queued = request({ toMs: null, result: 'queued', good: false });

const main = (spans: readonly ThreadSpan[]): ThreadTimeline => ({
  id: 0,
  name: 'main',
  isMain: true,
  pid: 100,
  startedAtMs: 0,
  endedAtMs: 500,
  end: 'natural',
  answered: 1,
  spans,
});

describe('the timeline in the terminal', () => {
  const shown = (spans: readonly ThreadSpan[]) =>
    renderThreads(
      { threads: [main(spans)], findings: [], durationMs: 1000 },
      { out: new Chalk({ level: 0 }), columns: 100 },
    ).split('\n');

  it('ends a request that was under way where its thread ended', () => {
    const [, loop = '', waiting = ''] = shown([queued]);
    expect(waiting.lastIndexOf('┄')).toBe(loop.lastIndexOf('─'));
  });

  it('counts the answered requests that it does not show', () => {
    const lines = shown([...Array.from({ length: 7 }, () => request({})), queued]);
    expect(lines[1]).toContain('4 answered');
    expect(lines.at(-2)).toContain('… 3 more requests');
  });

  it('speaks of one request that it does not show', () =>
    expect(shown(Array.from({ length: 6 }, () => ({ ...queued }))).at(-2)).toMatch(/… 1 more request$/));
});

describe('the timeline in HTML', () => {
  const page = threadSection({ threads: [main([queued])], findings: [], durationMs: 1000 }).text;

  it('names method, path and outcome of a request', () =>
    expect(page).toContain('<span>POST /api/chat.postMessage: queued</span>'));

  it('ends a request that was under way where its thread ended', () => {
    const [bar] = /<rect class="pending bad"[^>]*>/.exec(page) ?? [];
    expect(bar).toContain('x="100.0"');
    expect(bar).toContain('width="400.0"');
  });
});
