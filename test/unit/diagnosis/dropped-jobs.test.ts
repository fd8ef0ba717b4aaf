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

const from = { kind: 'worker', tid: 1 } as const;
const took = (t: number, n: number): Recording[number] => [main, { e: 'taken', t, from, n }];
const exit: ProbeEvent = { e: 'exit-call', t: 810, code: 0, stack: 1 };

/** A worker says that it is ready, sends once, gives its result, and is ended with its pool. */
const ended: Recording = [
  ...mainAndWorker,
  ...beats(main, 0, 1000),
  ...beats(worker, 20, 800),
  took(100, 1),
  requestStarts(worker, { t: 300 }),
  ...answered(worker, 350),
  took(400, 2),
  [main, { e: 'stack', id: 1, frames: ['/app/main.mjs:8:12'] }],
  [main, { e: 'jobs-dropped', t: 800, pool: 'workerpool', n: 2, stack: 1 }],
  [worker, { e: 'stack', id: 1, frames: ['/app/node_modules/workerpool/src/worker.js:164:12 (_exit)'] }],
  [worker, exit],
  [worker, { e: 'exit', t: 811, code: 0, timers: [] }],
];

describe('the verdict on a workerpool that was terminated with jobs in its queue', () => {
  it('is never-requested when each job before them made a request, at the place of terminate()', () => {
    const { verdict, findings } = diagnosisOf(ended, { at: 1000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack[0]).toBe('/app/main.mjs:8:12');
  });

  it('is healthy when not every job makes a request', () => {
    expect(diagnosisOf([took(50, 3), ...ended, took(450, 3)], { at: 1000 }).verdict).toBe('healthy');
  });

  it.each([
    ['is never-requested when none was done and a job is to send by its code', true, 'never-requested'],
    ['is healthy when none was done and nothing says what a job is for', false, 'healthy'],
  ])('%s', (_, sendsOnDemand, verdict) => {
    const recording: Recording = [
      ...mainAndWorker,
      requestStarts(main, { t: 50 }),
      ...answered(main, 80),
      ...ended.filter(([, event]) => !['request', 'headers', 'end', 'taken', 'thread'].includes(event.e)),
      ...(sendsOnDemand ? [[worker, { e: 'on-demand', t: 200 }] satisfies Recording[number]] : []),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe(verdict);
  });

  it('is healthy when requests followed all the same', () => {
    const again: Recording = [requestStarts(main, { t: 900 }), ...answered(main, 950)];
    expect(diagnosisOf([...ended, ...again], { at: 1000 }).verdict).toBe('healthy');
  });
});
