import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

const starts: Recording = [threadStarts(main), ...beats(main, 0, 5000)];
const fakeFetch = (t: number, by: string | null): Recording[number] => [
  main,
  { e: 'fake-fetch', client: 'fetch', t, by, stack: null },
];

describe('intercepted', () => {
  it('is a request that a mock answers inside the process', () => {
    const { verdict, findings } = diagnosisOf(
      [
        ...starts,
        requestStarts(main, { t: 300 }),
        [main, { e: 'mocked', r: 1, by: 'nock' }],
        ...answered(main, 310),
      ],
      { at: 5000 },
    );
    expect(verdict).toBe('intercepted');
    expect(findings[0]?.title).toContain('nock');
  });

  it('is a request that a mock takes and never answers', () => {
    const recording: Recording = [
      ...starts,
      requestStarts(main, { t: 300 }),
      [main, { e: 'mocked', r: 1, by: 'nock' }],
      [main, { e: 'end', t: 1400, r: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('intercepted');
  });

  it('is a call of a mock function from which no request came', () => {
    expect(diagnosisOf([...starts, fakeFetch(300, 'sinon')], { at: 5000 }).verdict).toBe('intercepted');
  });

  it('is not concluded where the replaced fetch makes the request', () => {
    const recording = [
      ...starts,
      fakeFetch(300, 'msw'),
      requestStarts(main, { t: 301 }),
      ...answered(main, 350),
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('healthy');
  });
});

describe('clock-replaced', () => {
  const replaced: Recording = [[main, { e: 'clock', t: 400, by: 'fake timers', stack: null }]];

  it('is a fake clock that nobody moves on', () => {
    const recording = [...starts, requestStarts(main, { t: 300 }), ...answered(main, 350), ...replaced];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('clock-replaced');
  });

  it('is not concluded where the program goes on sending', () => {
    const recording = [...starts, ...replaced, requestStarts(main, { t: 600 }), ...answered(main, 650)];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('healthy');
  });

  it('is not concluded once the timers are Node’s again', () => {
    const recording: Recording = [
      ...starts,
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
      ...replaced,
      [main, { e: 'clock', t: 500, by: null, stack: null }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('healthy');
  });

  describe('at the end of a program that had nothing left to do', () => {
    type What = EventOf<'fake-clock'>['what'];
    const verdictOf = (...moves: readonly (readonly [t: number, what: What])[]) =>
      diagnosisOf(
        [
          ...starts,
          ...replaced,
          [main, { e: 'fake-timer', t: 450, name: 'setTimeout', stack: null }],
          requestStarts(main, { t: 600 }),
          ...answered(main, 650),
          [main, { e: 'fake-timer', t: 700, name: 'setTimeout', stack: null }],
          ...moves.map(([t, what]): Recording[number] => [main, { e: 'fake-clock', t, what }]),
          [main, { e: 'exit', t: 800, code: 0, timers: [] }],
        ],
        { at: 800, kind: 'exited', exitCode: 0 },
      ).verdict;

    it('is the timer that was set since the last request, however soon after', () => {
      expect(verdictOf([450, 'followed'])).toBe('clock-replaced');
      expect(verdictOf([450, 'followed'], [500, 'moved'])).toBe('clock-replaced');
    });

    it('is not concluded where the clock was moved on since, or the timer cleared', () => {
      expect(verdictOf([450, 'followed'], [750, 'moved'])).toBe('healthy');
      expect(verdictOf([450, 'followed'], [500, 'moved'], [750, 'cleared'])).toBe('healthy');
    });

    it('is not concluded where nobody would have seen it moved on', () => {
      expect(verdictOf()).toBe('healthy');
      expect(verdictOf([450, 'followed'], [500, 'lost'])).toBe('healthy');
    });
  });
});
