import { describe, expect, it } from 'vitest';
import type { EventOf, ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

/** A timer that has fired at 1500 ms, 1 s after it was set, after a request that went well. */
const idle: EventOf<'callback-fruitless'> = {
  e: 'callback-fruitless',
  t: 1600,
  id: 7,
  kind: 'timer',
  setAt: 500,
  ranAt: 1500,
  delayMs: 1000,
  repeats: false,
  stack: 1,
  leads: 'surely',
  conditional: false,
  calls: null,
  hasLed: false,
  uncertain: false,
  sleepsUntil: 0,
  why: { kind: 'nothing' },
};

function recordingWith(...events: readonly ProbeEvent[]): Recording {
  return [
    threadStarts(main),
    ...beats(main, 0, 6000),
    requestStarts(main, { t: 300 }),
    ...answered(main, 350),
    [main, { e: 'stack', id: 1, frames: ['/app/bot.mjs:12:1'] }],
    ...events.map((event): Recording[number] => [main, event]),
  ];
}

function verdictOf(...events: readonly ProbeEvent[]): string {
  return diagnosisOf(recordingWith(...events), { at: 6000 }).verdict;
}

describe('the verdict on a timer that fired and of which no request came', () => {
  it('is never-requested, though another request went well', () => {
    expect(verdictOf(idle)).toBe('never-requested');
  });

  it('names the line that set the timer', () => {
    const [finding] = diagnosisOf(recordingWith(idle), { at: 6000 }).findings;
    expect(finding?.stack).toEqual(['/app/bot.mjs:12:1']);
    expect(finding?.evidence[0]).toContain('set at /app/bot.mjs:12:1 fired after 1 s');
  });

  it('is healthy once its request was started', () => {
    expect(verdictOf(idle, { e: 'callback-fruitful', id: 7 })).toBe('healthy');
  });

  it('is healthy where its code decides something before it sends', () => {
    expect(verdictOf({ ...idle, conditional: true })).toBe('healthy');
  });

  it('is healthy where a request can’t be traced to what started it', () => {
    expect(verdictOf({ ...idle, uncertain: true })).toBe('healthy');
  });

  it('is healthy where nothing but a name says that its code sends', () => {
    expect(verdictOf({ ...idle, leads: 'maybe' })).toBe('healthy');
  });

  it('names the error that kept it from sending', () => {
    const why = { kind: 'rejected', error: 'TypeError: no name', frames: ['/app/bot.mjs:6:9'] } as const;
    const recording = recordingWith({ ...idle, conditional: true, why });
    const { verdict, findings } = diagnosisOf(recording, { at: 6000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/bot.mjs:6:9', '/app/bot.mjs:12:1']);
    expect(findings[0]?.title).toContain('TypeError: no name');
  });

  it('is await-unsettled where it still waits for a promise at the end', () => {
    expect(verdictOf({ ...idle, conditional: true, why: { kind: 'pending', frames: [] } })).toBe(
      'await-unsettled',
    );
  });

  it('is healthy where it began to wait just before the end', () => {
    expect(verdictOf({ ...idle, ranAt: 5500, why: { kind: 'pending', frames: [] } })).toBe('healthy');
  });
});

describe('the verdict on a job that a scheduler never scheduled', () => {
  it('is never-requested where the job was made and never started', () => {
    const refused: ProbeEvent = {
      e: 'refused',
      t: 600,
      scheduler: 'cron',
      spec: "'* * * * * *'",
      why: 'not-started',
      sendsOtherwise: false,
      stack: 1,
    };
    const { verdict, findings } = diagnosisOf(recordingWith(refused), { at: 6000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.fix).toContain('start()');
  });

  it('is never-requested, and names the date', () => {
    const refused: ProbeEvent = {
      e: 'refused',
      t: 600,
      scheduler: 'node-schedule',
      spec: '1970-01-21T16:00:02.000Z',
      why: 'past',
      sendsOtherwise: false,
      stack: 1,
    };
    const { verdict, findings } = diagnosisOf(recordingWith(refused), { at: 6000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.evidence.join()).toContain('1970-01-21');
  });

  it('is healthy where the program sent by itself what was refused, and only then', () => {
    const refused: ProbeEvent = {
      e: 'refused',
      t: 600,
      scheduler: 'node-schedule',
      spec: '1970-01-21T16:00:02.000Z',
      why: 'past',
      sendsOtherwise: true,
      stack: 1,
    };
    const sent = [requestStarts(main, { t: 700, r: 2 }), ...answered(main, 720, 2)];
    expect(diagnosisOf([...recordingWith(refused), ...sent], { at: 6000 }).verdict).toBe('healthy');
    expect(diagnosisOf(recordingWith(refused), { at: 6000 }).verdict).toBe('never-requested');
  });
});
