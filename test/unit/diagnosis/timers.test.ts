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

describe('the verdict on a timer that does not hold its loop', () => {
  it.each([
    { sent: 'nothing else', requests: [], verdict: 'timer-unreferenced' },
    {
      sent: 'something',
      requests: [requestStarts(main, { t: 100 }), ...answered(main, 120)],
      verdict: 'healthy',
    },
  ])('is $verdict when an interval was let go of and the program sent $sent', ({ requests, verdict }) => {
    const interval = {
      delayMs: 500,
      stack: null,
      at: 150,
      besideRequest: false,
      isSleep: false,
      purpose: 'unknown',
      repeats: true,
    } as const;
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      ...requests,
      [main, { e: 'exit', t: 210, code: 0, timers: [interval] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 220, exitCode: 0 }).verdict).toBe(verdict);
  });

  it.each([
    { waits: 'still waits', functions: ['notify', 'reload'], verdict: 'timer-unreferenced' },
    { waits: 'has gone on', functions: ['notify'], verdict: 'healthy' },
  ])('is $verdict when the function that sleeps $waits', ({ functions, verdict }) => {
    const sleep = {
      delayMs: 5000,
      stack: 1,
      at: 150,
      besideRequest: false,
      purpose: 'unknown',
      repeats: false,
      isSleep: true,
    } as const;
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      requestStarts(main, { t: 100 }),
      ...answered(main, 120),
      [main, { e: 'stack', id: 1, frames: ['/app/app.mjs:18:31 (reload)'] }],
      [main, { e: 'exit', t: 210, code: 0, timers: [sleep] }],
      [main, { e: 'awaits', t: 210, until: 211, when: 'end', awaits: functions.map(suspended) }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 220, exitCode: 0 }).verdict).toBe(verdict);
  });

  it.each([
    { answer: 503, verdict: 'timer-unreferenced' },
    { answer: 200, verdict: 'healthy' },
  ])(
    'is $verdict when a package had let go of its pause before the next try of a request answered with $answer',
    ({ answer, verdict }) => {
      const pause = {
        delayMs: 900,
        stack: null,
        at: 130,
        besideRequest: false,
        purpose: 'retry',
        repeats: false,
        isSleep: false,
      } as const;
      const recording: Recording = [
        threadStarts(main),
        ...beats(main, 0, 200),
        requestStarts(main, { t: 100 }),
        [main, { e: 'headers', t: 120, r: 1, status: answer, retryAfter: null, endless: false }],
        [main, { e: 'end', t: 121, r: 1 }],
        [main, { e: 'exit', t: 210, code: 0, timers: [pause] }],
      ];
      const { verdict: found, findings } = diagnosisOf(recording, { kind: 'exited', at: 220, exitCode: 0 });
      expect(found).toBe(verdict);
      if (answer === 503)
        expect(findings.map(({ code }) => code)).toEqual(['timer-unreferenced', 'http-error']);
    },
  );
});

function suspended(name: string) {
  const place = { function: name, file: '/app/app.mjs', line: 18, column: 5 };
  return {
    chain: [
      { ...place, sendsAfter: false, inEndlessLoop: false, isInUnboundedLoop: false, sendsLater: false },
    ],
    expression: '',
    holders: [],
    count: 1,
  };
}
