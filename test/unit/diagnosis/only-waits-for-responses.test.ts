import { describe, expect, it, vi } from 'vitest';
import { LiveFindings, type Observation } from '../../../src/diagnosis/live-findings.ts';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { answered, beats, main, type Recording, requestStarts, threadStarts, worker } from './recorded.ts';

function quietBeats(from: number, to: number): Recording {
  return beats(main, from, to).map(([thread, event]) => [
    thread,
    event.e === 'beat' ? { ...event, isQuiet: true } : event,
  ]);
}

const sent: Recording = [
  threadStarts(main),
  requestStarts(main, { t: 100 }),
  [main, { e: 'state', t: 150, r: 1, s: 'sent' }],
];

/** Whether the watch may end at that moment, with `--hang-after 2s`. */
function isSettled(recording: Recording, at: number): boolean {
  return observe(recording, at, new LiveFindings({ hangAfterMs: 2000 })).settled;
}

function observe(recording: Recording, at: number, live: LiveFindings): Observation {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of recording) joiner.add(thread, event);
  const end = { kind: 'timeout', at, exitCode: null, signal: null } as const;
  return joiner.provisionally(
    end,
    () => null,
    (record) => live.observe(record),
  );
}

it('ends the watch of a program that only waits for an answer five times as long as it may take', () => {
  const recording = [...sent, ...quietBeats(200, 10_600)];
  expect(isSettled(recording, 6000)).toBe(false);
  expect(isSettled(recording, 10_600)).toBe(true);
});

it.each<readonly [string, Recording]>([
  ['has timers or other work', [...sent, ...beats(main, 200, 10_600)]],
  [
    'has just sent something else',
    [...sent, ...quietBeats(200, 10_600), requestStarts(main, { t: 10_000, r: 2, body: 'b' })],
  ],
  ['was answered', [...sent, ...answered(main, 9000), ...quietBeats(9200, 10_600)]],
  [
    'is a server for others',
    [...sent, [main, { e: 'listen', t: 150, port: 3000 }], ...quietBeats(200, 10_600)],
  ],
  [
    'has its own deadline ahead',
    [
      threadStarts(main),
      [
        main,
        {
          e: 'request',
          t: 100,
          r: 1,
          client: 'undici',
          method: 'POST',
          origin: 'http://10.0.0.1',
          path: '/',
          stack: null,
          deadline: { what: 'AbortSignal.timeout', ms: 15_000 },
          body: 'a',
          waitMs: null,
        },
      ],
      ...quietBeats(200, 10_600),
    ],
  ],
])('watches on where a program %s', (_, recording) => {
  expect(isSettled(recording, 10_600)).toBe(false);
});

describe('where main computes and has made no request', () => {
  const confirmed: Recording = [
    threadStarts(main),
    ...beats(main, 0, 1000),
    [main, { e: 'timer-set', t: 300, id: 1, delayMs: 1000, repeats: false, stack: null, isSleep: false }],
  ];

  const hasTaken: Recording = [
    threadStarts(main),
    threadStarts(worker, 10),
    [main, { e: 'reads', t: 15, from: { kind: 'worker', tid: 1 }, reading: true }],
    ...beats(main, 0, 100),
    [worker, { e: 'post', t: 120, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
    [main, { e: 'taken', t: 130, from: { kind: 'worker', tid: 1 }, n: 1 }],
    ...beats(worker, 20, 8000),
  ];

  it.each([
    [
      'watches on where nothing was due: it may come to its end, and all be sent',
      [threadStarts(main)],
      false,
    ],
    ['watches on where it had taken a message as it started', hasTaken, false],
    ['ends the watch where a timer was due', confirmed, true],
  ] as const)('%s', (_, recording, settled) => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(6000);
    const live = new LiveFindings({ hangAfterMs: 2000 });
    expect(observe(recording, 6000, live).settled).toBe(false);
    clock.mockReturnValue(8000);
    expect(observe(recording, 8000, live).settled).toBe(settled);
    clock.mockRestore();
  });
});
