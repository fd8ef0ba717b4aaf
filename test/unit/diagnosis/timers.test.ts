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
});
