import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  type Recording,
  requestStarts,
  threadStarts,
} from './recorded.ts';

/** Confirms a timer of 1 s, which is to send at 1.3 s. */
const confirmed: Recording = [
  threadStarts(main),
  ...beats(main, 0, 1000),
  requestStarts(main, { t: 100 }),
  ...answered(main, 120),
  [main, { e: 'timer-set', t: 300, id: 1, delayMs: 1000, repeats: false, stack: null, isSleep: false }],
];

const sent = (t: number): Recording => [
  requestStarts(main, { t, r: 2, body: 'b' }),
  ...answered(main, t + 20, 2),
];

it.each([
  ['never comes back', [], 'loop-blocked'],
  ['comes back seconds late', [...sent(4000), ...beats(main, 4001, 6000)], 'loop-blocked'],
  [
    'is parked',
    [[main, { e: 'loop-stopped', t: 1100, call: 'Atomics.wait', stack: null, limitMs: null, shared: true }]],
    'loop-parked',
  ],
  ['comes back soon', [...sent(1800), ...beats(main, 1801, 6000)], 'healthy'],
  ['turns all the time', [...beats(main, 1200, 1200), ...sent(1301), ...beats(main, 1400, 6000)], 'healthy'],
  ['does not run after it has sent', [...beats(main, 1200, 1200), ...sent(1301)], 'healthy'],
  [
    'does not run after the timer was cleared',
    [
      [main, { e: 'beat', t: 1200, wakeable: true }],
      [main, { e: 'timer-gone', id: 1 }],
    ],
    'healthy',
  ],
] as const)('where a timer is to send and the loop %s', (_, rest, verdict) => {
  expect(diagnosisOf([...confirmed, ...rest], { at: 6000 }).verdict).toBe(verdict);
});

/** The timer of 1.3 s is a scheduler's, which the program gave what sends. */
const scheduled: Recording = [
  ...confirmed.slice(0, -1),
  [
    main,
    {
      e: 'timer-set',
      t: 300,
      id: 1,
      delayMs: 1000,
      repeats: false,
      stack: null,
      isSleep: false,
      isGiven: true,
    },
  ],
];

it.each([
  ['leaves its run out', beats(main, 4000, 6000), 'loop-blocked'],
  ['runs it late', [...sent(4000), ...beats(main, 4001, 6000)], 'loop-blocked'],
  ['had not had the time to run it when the watch ended', beats(main, 5800, 6000), 'healthy'],
  ['finds it missed by little', beats(main, 2000, 6000), 'healthy'],
] as const)('where the loop was blocked while a scheduler’s job was due, and that %s', (_, rest, verdict) => {
  expect(diagnosisOf([...scheduled, ...rest], { at: 6000 }).verdict).toBe(verdict);
});

it('where the program ends before a scheduler’s job is due: that is the scheduler’s matter', () => {
  const ended = { kind: 'exited', at: 1200, exitCode: 0 } as const;
  expect(
    diagnosisOf([...scheduled, [main, { e: 'exit', t: 1200, code: 0, timers: [] }]], ended).verdict,
  ).toBe('healthy');
});

const sleeper = fileURLToPath(
  new URL('../../../fixtures/reports/node/z02-task-sleeps-in-a-parked-worker.mjs', import.meta.url),
);

/** The same, and it sleeps until it sends. */
const sleeps: Recording = [
  ...confirmed.slice(0, -1),
  [main, { e: 'stack', id: 7, frames: [`${sleeper}:15:9 (tellWhenSettled)`] }],
  [main, { e: 'timer-set', t: 300, id: 1, delayMs: 1000, repeats: false, stack: 7, isSleep: true }],
];

it.each([
  // What woke from it may be what blocks the loop.
  ['is blocked by code', [], 'inconclusive'],
  [
    'is parked',
    [[main, { e: 'loop-stopped', t: 1100, call: 'Atomics.wait', stack: null, limitMs: null, shared: true }]],
    'loop-parked',
  ],
  [
    'is parked after it woke',
    [
      [main, { e: 'timer-gone', id: 1 }],
      [main, { e: 'loop-stopped', t: 1310, call: 'Atomics.wait', stack: null, limitMs: null, shared: true }],
    ],
    'healthy',
  ],
] as const)('where it sleeps before it sends and the loop %s', (_, rest, verdict) => {
  expect(diagnosisOf([...sleeps, ...rest], { at: 6000 }).verdict).toBe(verdict);
});

it('is loop-blocked where an interval has sent this time, and is due again while the loop does not run', () => {
  const recording: Recording = [
    threadStarts(main),
    [main, { e: 'timer-set', t: 0, id: 1, delayMs: 1000, repeats: true, stack: null, isSleep: false }],
    ...beats(main, 0, 1000),
    ...sent(1002),
  ];
  expect(diagnosisOf(recording, { at: 7000 }).verdict).toBe('loop-blocked');
});
