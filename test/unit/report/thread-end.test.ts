import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/html/page.ts';
import { renderMarkdown } from '../../../src/report/markdown.ts';
import { endWord } from '../../../src/report/thread-end.ts';
import { doctorReport, parkedThread } from './sample-doctor.ts';
import { sampleFinding } from './sample-report.ts';

const ended = { ...parkedThread, endedAtMs: 5000, end: 'process-ended' };
const [request, standstill] = parkedThread.spans;
const idle = { ...ended, spans: standstill === undefined ? [] : [{ ...standstill, toMs: null }] };

describe('the end of a thread', () => {
  it('that waited for work, and nothing else, cuts nothing off, in any format', () => {
    expect(endWord(idle, [])).toBe('ended');
    expect(endWord({ ...idle, end: 'parent-ended' }, [])).toBe('ended');
    const report = doctorReport({ threads: [idle] });
    expect(renderMarkdown(report)).toMatch(/`heartbeat`: from 100 ms to 5 s, ended;/);
    expect(renderHtml(report)).not.toContain('cut off');
  });

  it('that had a request under way, or of which a finding tells, cuts it off', () => {
    expect(endWord({ ...idle, spans: request === undefined ? [] : [request] }, [])).toBe('cut off');
    const { id, name, isMain } = idle;
    expect(endWord(idle, [sampleFinding({ thread: { id, name, isMain } })])).toBe('cut off');
  });

  it('of its own is named as such', () => {
    expect(endWord({ ...idle, end: 'exit-call' }, [])).toBe('exited');
    expect(endWord({ ...idle, end: null }, [])).toBe('');
  });
});
