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

/** A worker that sends what it is told, until it ends; main tells it by an interval. */
const tells: Recording = [
  threadStarts(main),
  [main, { e: 'stack', id: 1, frames: ['/app/bot.js:9:3'] }],
  [main, { e: 'stack', id: 2, frames: ['/app/bot.js:8:1'] }],
  [main, { e: 'worker', t: 1, tid: 1, name: 'sender', stack: null, ports: [] }],
  threadStarts(worker, 10),
  [main, { e: 'timer-set', t: 10, id: 1, delayMs: 500, repeats: true, stack: 2, isSleep: false }],
  ...[1, 2, 3].flatMap((n): Recording => told(1, n, 500 * n)),
  ...[1, 2, 3].flatMap(
    (n): Recording => [
      requestStarts(worker, { t: 500 * n + 5, r: n, body: String(n) }),
      ...answered(worker, 500 * n + 10, n),
    ],
  ),
];

/** Main posts the n-th message to the worker, which takes it. */
function told(tid: number, n: number, t: number): Recording {
  return [
    [main, { e: 'post', t, to: { kind: 'worker', tid }, stack: 1, own: true, lost: null, n }],
    [`100.${tid}`, { e: 'taken', t: t + 1, from: { kind: 'parent' }, n }],
  ];
}

const replaced: Recording = [
  [worker, { e: 'exit', t: 1600, code: 0, timers: [] }],
  [main, { e: 'worker-exit', t: 1601, tid: 1, code: 0 }],
  [main, { e: 'worker', t: 1610, tid: 2, name: 'sender', stack: null, ports: [] }],
  threadStarts(successor, 1620),
];

const goesOn: Recording = [...beats(main, 0, 6000), ...beats(successor, 1620, 6000)];

it('says so where an interval gives nothing to the worker in the place of the one that sent', () => {
  const { verdict, findings } = diagnosisOf([...tells, ...replaced, ...goesOn], { at: 6000 });
  expect(verdict).toBe('never-requested');
  expect(findings[0]?.title).toContain('the one in its place');
  expect(findings[0]?.stack).toEqual(['/app/bot.js:9:3', '/app/bot.js:8:1']);
});

it('is healthy where the new one is told', () => {
  const now: Recording = [
    ...told(2, 1, 2000),
    requestStarts(successor, { t: 2005, body: 'new' }),
    ...answered(successor, 2010),
  ];
  expect(diagnosisOf([...tells, ...replaced, ...now, ...goesOn], { at: 6000 }).verdict).toBe('healthy');
});

it('is healthy where the interval was cleared', () => {
  const cleared: Recording = [[main, { e: 'timer-gone', id: 1 }]];
  expect(diagnosisOf([...tells, ...replaced, ...cleared, ...goesOn], { at: 6000 }).verdict).toBe('healthy');
});
