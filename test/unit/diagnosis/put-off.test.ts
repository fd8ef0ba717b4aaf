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

/** Set at 900 ms, due at 1300 ms; one that was set at the same place has sent before. */
const unfired: EventOf<'callback-fruitless'> = {
  e: 'callback-fruitless',
  t: 1000,
  id: 7,
  kind: 'timer',
  setAt: 900,
  ranAt: 1300,
  delayMs: 400,
  repeats: false,
  stack: 1,
  leads: 'surely',
  conditional: false,
  calls: null,
  hasLed: true,
  uncertain: false,
  sleepsUntil: 0,
  why: { kind: 'unfired' },
};

/** `sentAt`: when the last request started. */
function ended(event: EventOf<'callback-fruitless'>, sentAt = 500): Recording {
  return [
    threadStarts(main),
    ...beats(main, 0, 1000),
    requestStarts(main, { t: sentAt }),
    ...answered(main, sentAt + 20),
    [main, { e: 'stack', id: 1, frames: ['/app/bot.mjs:14:11 (moved)'] }],
    [main, { e: 'stack', id: 2, frames: ['/app/bot.mjs:20:26'] }],
    [main, event],
    [main, { e: 'exit-call', t: 1000, code: 0, stack: 2 }],
    [main, { e: 'exit', t: 1000, code: 0, timers: [] }],
  ];
}
const end = { kind: 'exited', at: 1010, exitCode: 0 } as const;

describe('the verdict on a timer that was put off until process.exit()', () => {
  it('is inconclusive, and says what was not seen', () => {
    const { verdict, findings } = diagnosisOf(ended(unfired), end);
    expect(verdict).toBe('inconclusive');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:14:11 (moved)', '/app/bot.mjs:20:26']);
    expect(findings[0]?.evidence.at(-1)).toContain('what was not seen');
  });

  it('is healthy where a request was made since: a flush', () => {
    expect(diagnosisOf(ended(unfired, 950), end).verdict).toBe('healthy');
  });

  it.each([
    ['its code decides something before it sends', { conditional: true }],
    ['only a name says that it sends', { leads: 'maybe' }],
    ['a request can’t be traced', { uncertain: true }],
  ] as const)('is healthy where %s', (_case, change) => {
    expect(diagnosisOf(ended({ ...unfired, ...change }), end).verdict).toBe('healthy');
  });

  it('is never-requested where none of that place has sent before', () => {
    expect(diagnosisOf(ended({ ...unfired, hasLed: false }), end).verdict).toBe('never-requested');
  });
});
