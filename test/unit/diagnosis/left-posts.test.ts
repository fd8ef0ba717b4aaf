import { describe, expect, it } from 'vitest';
import type { ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  mainAndWorker,
  type Recording,
  requestStarts,
  worker,
} from './recorded.ts';

const from = { kind: 'parent' } as const;
const took = (t: number, n: number): Recording[number] => [worker, { e: 'taken', t, from, n }];
/** The same, of a listener that hands on what it is told. */
const handsOn = (removedAt?: readonly string[]): Recording[number] => [
  worker,
  {
    e: 'read-once',
    t: 400,
    from,
    n: 1,
    frames: ['/app/worker.mjs:3:12'],
    passesOn: true,
    ...(removedAt === undefined ? {} : { removedAt }),
  },
];
const once: Recording[number] = [
  worker,
  { e: 'read-once', t: 400, from, n: 1, frames: ['/app/worker.mjs:3:12'] },
];

/** Main posts two messages, one from each place, and a request comes of the first. */
function posted(places: readonly [number, number], ...events: Recording): Recording {
  return postedAs(['text', 'text'], places, ...events);
}

function postedAs(
  shapes: readonly [string, string],
  places: readonly [number, number],
  ...events: Recording
): Recording {
  const post = (t: number, n: number, stack: number): ProbeEvent => ({
    e: 'post',
    t,
    to: { kind: 'worker', tid: 1 },
    stack,
    own: true,
    lost: null,
    n,
    shape: shapes[n - 1] ?? '',
  });
  return [
    ...mainAndWorker,
    ...beats(main, 0, 5000),
    ...beats(worker, 20, 5000),
    [main, { e: 'stack', id: 1, frames: ['/app/main.mjs:7:5'] }],
    [main, { e: 'stack', id: 2, frames: ['/app/main.mjs:9:5'] }],
    [main, post(200, 1, places[0])],
    took(210, 1),
    requestStarts(worker, { t: 300 }),
    ...answered(worker, 350),
    [main, post(600, 2, places[1])],
    ...events,
    [worker, { e: 'awaits', t: 4900, until: 4910, when: 'asked', awaits: [] }],
  ];
}

describe('the verdict on a second message to a worker whose listener took the first', () => {
  it('is never-requested when it listened for one message only, and names both places', () => {
    const { verdict, findings } = diagnosisOf(posted([1, 1], once), { at: 5000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/worker.mjs:3:12', '/app/main.mjs:7:5']);
  });

  it('is healthy when somebody took it after all', () => {
    expect(diagnosisOf(posted([1, 1], once, took(610, 2)), { at: 5000 }).verdict).toBe('healthy');
  });

  it('is healthy when it comes from another place, and may be no message to send', () => {
    expect(diagnosisOf(posted([1, 2], once), { at: 5000 }).verdict).toBe('healthy');
  });

  it('is never-requested from another place, too, when it is of the same kind and the listener hands on what it is told', () => {
    expect(diagnosisOf(posted([1, 2], handsOn()), { at: 5000 }).verdict).toBe('never-requested');
    expect(diagnosisOf(postedAs(['text', 'state=done'], [1, 2], handsOn()), { at: 5000 }).verdict).toBe(
      'healthy',
    );
  });

  it('is never-requested of another kind, where one function posts all kinds and the listener hands on whatever comes', () => {
    const all: Recording[number] = [
      worker,
      {
        e: 'read-once',
        t: 400,
        from,
        n: 1,
        frames: ['/app/worker.mjs:3:12'],
        passesOn: true,
        handsOnAll: true,
      },
    ];
    const verdictOf = (kinds: readonly [string, string], listening: Recording[number]) =>
      diagnosisOf(
        [
          ...postedAs(kinds, [3, 4], listening),
          [main, { e: 'stack', id: 3, frames: ['/app/main.mjs:2:9 (send)', '/app/main.mjs:7:5'] }],
          [main, { e: 'stack', id: 4, frames: ['/app/main.mjs:2:9 (send)', '/app/main.mjs:9:5'] }],
        ],
        { at: 5000 },
      ).verdict;
    expect(verdictOf(['kind=set text', 'kind=expired text'], all)).toBe('never-requested');
    expect(verdictOf(['kind=set text', 'kind=expired text'], handsOn())).toBe('healthy');
    expect(verdictOf(['kind=set text', 'kind=stop text'], all)).toBe('healthy');
    expect(verdictOf(['kind=set', 'kind=expired'], all)).toBe('healthy');
    expect(verdictOf(['kind=set text', 'kind=expired'], all)).toBe('healthy');
  });

  it('is never-requested when its listener had been removed, and names where', () => {
    const { verdict, findings } = diagnosisOf(posted([1, 2], handsOn(['/app/worker.mjs:9:3'])), { at: 5000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/worker.mjs:9:3', '/app/main.mjs:9:5']);
  });

  it('is never-requested when the worker was ended a while after it, and had not taken it', () => {
    const recording: Recording = [
      ...posted([1, 1], once),
      [main, { e: 'terminate', t: 1800, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 1810, tid: 1, code: 1 }],
    ];
    const unasked = recording.filter(([, { e }]) => e !== 'awaits');
    expect(diagnosisOf(unasked, { at: 5000 }).verdict).toBe('never-requested');
  });

  it('is healthy when a function of the listener’s file still waits, and may listen again', () => {
    const place = { function: 'next', file: '/app/worker.mjs', line: 5, column: 9 };
    const seen = {
      sendsAfter: false,
      isInUnboundedLoop: false,
      inEndlessLoop: false,
      sendsLater: false,
      at: '/app/worker.mjs:5:9',
    };
    const waiting: ProbeEvent = {
      e: 'awaits',
      t: 4950,
      until: 4960,
      when: 'asked',
      awaits: [{ chain: [{ ...place, ...seen }], expression: 'sleep(60_000)', holders: [], count: 1 }],
    };
    expect(diagnosisOf([...posted([1, 1], once), [worker, waiting]], { at: 5000 }).verdict).toBe('healthy');
  });
});
