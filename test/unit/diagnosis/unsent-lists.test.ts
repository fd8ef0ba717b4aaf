import { describe, expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const list = { name: 'batch', waiting: 2, file: '/app/bot.mjs', line: 12, column: 20 };

/** Two entries were in it when the process ended. */
const ended = (when: 'end' | 'asked', unsent = [list]): Recording => [
  threadStarts(main),
  ...beats(main, 0, 400),
  requestStarts(main, { t: 100 }),
  ...answered(main, 120),
  [main, { e: 'stack', id: 1, frames: ['/app/bot.mjs:40:9'] }],
  [main, { e: 'exit-call', t: 410, code: 0, stack: 1 }],
  [main, { e: 'exit', t: 410, code: 0, timers: [] }],
  [main, { e: 'awaits', t: 411, until: 415, when, awaits: [], unsent }],
];
const end = { kind: 'exited', at: 420, exitCode: 0 } as const;

describe('the verdict on a list that a timer’s function sends', () => {
  it('is never-requested where it was not empty at the end', () => {
    const { verdict, findings } = diagnosisOf(ended('end'), end);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('The process ended before what “batch” had collected');
    expect(findings[0]?.evidence[0]).toContain('2 entries were in it when process.exit() ended the process');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:12:20', '/app/bot.mjs:40:9']);
  });

  it('is healthy where it was empty, or was looked at before the end', () => {
    expect(diagnosisOf(ended('end', []), end).verdict).toBe('healthy');
    expect(diagnosisOf(ended('asked'), end).verdict).toBe('healthy');
  });
});
