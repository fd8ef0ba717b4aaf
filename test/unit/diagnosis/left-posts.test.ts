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
const once: Recording[number] = [
  worker,
  { e: 'read-once', t: 400, from, n: 1, frames: ['/app/worker.mjs:3:12'] },
];

/** Main posts two messages, one from each place, and a request comes of the first. */
function posted(places: readonly [number, number], ...events: Recording): Recording {
  const post = (t: number, n: number, stack: number): ProbeEvent => ({
    e: 'post',
    t,
    to: { kind: 'worker', tid: 1 },
    stack,
    own: true,
    lost: null,
    n,
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
