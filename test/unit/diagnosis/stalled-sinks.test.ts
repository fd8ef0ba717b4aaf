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

const sink = { name: 'ChatTransport', waiting: 2, file: '/app/bot.mjs', line: 15, column: 9 };

/** A request has come of its first chunk. */
const ended = (when: 'end' | 'asked', stalled = [sink], ...events: Recording): Recording => [
  threadStarts(main),
  ...beats(main, 0, 400),
  requestStarts(main, { t: 100 }),
  ...answered(main, 120),
  ...events,
  [main, { e: 'exit', t: 410, code: 0, timers: [] }],
  [main, { e: 'awaits', t: 411, until: 415, when, awaits: [], stalled }],
];
const end = { kind: 'exited', at: 420, exitCode: 0 } as const;

describe('the verdict on a stream of the program’s own that did not call back', () => {
  it('is never-requested where chunks wait behind the one that it has', () => {
    const { verdict, findings } = diagnosisOf(ended('end'), end);
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.title).toContain('ChatTransport did not call back for a chunk: the 2 behind it were');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:15:9']);
  });

  it('does not say that requests have come of a Transform', () => {
    const between = { ...sink, name: 'Transform', isBetween: true as const };
    const { findings } = diagnosisOf(ended('end', [between]), end);
    expect(findings[0]?.evidence[0]).toContain(
      'at /app/bot.mjs:15:9, which should pass it on to the code that sends;',
    );
    expect(findings[0]?.fix).toContain('_transform()');
  });

  it('is healthy where none waits, or it was looked at before the end', () => {
    expect(diagnosisOf(ended('end', []), end).verdict).toBe('healthy');
    expect(diagnosisOf(ended('asked'), end).verdict).toBe('healthy');
  });

  it('is that of the request that was still under way, of which it may have called back', () => {
    const underWay = requestStarts(main, { t: 380, r: 2 });
    const { findings } = diagnosisOf(ended('end', [sink], underWay), end);
    expect(findings.map(({ code }) => code)).toEqual(['process-exited']);
  });
});
