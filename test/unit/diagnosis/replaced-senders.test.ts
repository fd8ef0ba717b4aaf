import { expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
  worker,
} from './recorded.ts';

const successor = '100.2';

/** A worker whose interval sends, and the one in its place, which sends nothing. */
function recycled(how: { readonly isLed?: true }): Recording {
  return [
    threadStarts(main),
    [main, { e: 'worker', t: 1, tid: 1, name: 'poller', stack: null, ports: [] }],
    threadStarts(worker, 10),
    [worker, { e: 'stack', id: 1, frames: ['/app/poller.js:8:1'] }],
    [worker, { e: 'timer-set', t: 20, id: 1, delayMs: 500, repeats: true, stack: 1, isSleep: false, ...how }],
    requestStarts(worker, { t: 525 }),
    ...answered(worker, 530),
    [worker, { e: 'exit', t: 1600, code: 0, timers: [] }],
    [main, { e: 'worker-exit', t: 1601, tid: 1, code: 0 }],
    [main, { e: 'worker', t: 1610, tid: 2, name: 'poller', stack: null, ports: [] }],
    threadStarts(successor, 1620),
    ...beats(main, 0, 6000),
    ...beats(successor, 1620, 6000),
  ];
}

it('is never-requested where the worker in the place of one whose interval sent does not set it', () => {
  expect(diagnosisOf(recycled({}), { at: 6000 }).verdict).toBe('never-requested');
});

it('is healthy where only its requests said that the interval sends: it may have none to make now', () => {
  expect(diagnosisOf(recycled({ isLed: true }), { at: 6000 }).verdict).toBe('healthy');
});
