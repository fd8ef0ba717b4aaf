import { describe, expect, it } from 'vitest';
import {
  answered,
  beats,
  diagnosisOf,
  main,
  mainAndWorker,
  type Recording,
  requestStarts,
  threadStarts,
  worker,
} from './recorded.ts';

const parksAt = (t: number): Recording[number] => [
  worker,
  { e: 'loop-stopped', t, call: 'Atomics.wait', stack: null, limitMs: null, shared: true },
];

const parks = parksAt(510);

describe('a process that prints into a full pipe', () => {
  const child = '200.0';
  const recording = (full: 'stdout' | null): Recording => [
    threadStarts(main),
    [main, { e: 'stack', id: 1, frames: ['/app/app.js:5:3'] }],
    [main, { e: 'child', t: 5, pid: 200, file: '/usr/bin/node', stack: 1 }],
    threadStarts(child, 10),
    ...beats(child, 20, 420),
    [child, { e: 'timer-set', t: 430, id: 1, delayMs: 900, repeats: false, isSleep: false, stack: null }],
    [main, { e: 'child-output', t: 600, pid: 200, full: 'stdout' }],
    ...(full === null ? [[main, { e: 'child-output', t: 700, pid: 200, full }] as const] : []),
    ...beats(main, 0, 8000),
  ];

  it('is told of where nobody reads that', () => {
    const { verdict, findings } = diagnosisOf(recording('stdout'), { at: 8000 });
    expect(verdict).toBe('loop-blocked');
    expect(findings[0]?.evidence.join()).toContain('nobody reads its stdout');
    expect(findings[0]?.stack).toContain('/app/app.js:5:3');
  });

  it('is told by the await of its parent where that goes on to send', () => {
    const place = {
      function: 'nightly',
      file: '/app/app.js',
      line: 8,
      column: 3,
      sendsAfter: true,
      inEndlessLoop: false,
      isInUnboundedLoop: false,
      sendsLater: false,
    };
    const pending = {
      expression: "once(child, 'exit')",
      holders: [{ kind: 'io', text: 'ChildProcess' }],
      count: 1,
      chain: [place],
    } as const;
    const looked: Recording = [
      // The child is to send nothing itself.
      ...recording('stdout').filter(([, { e }]) => e !== 'timer-set'),
      [main, { e: 'awaits', t: 7900, until: 7950, when: 'asked', awaits: [pending] }],
    ];
    const { findings } = diagnosisOf(looked, { at: 8000 });
    expect(findings.map(({ code }) => code)).toEqual(['await-unsettled']);
    expect(findings[0]?.stack).toEqual(['/app/app.js:8:3 (nightly)']);
  });

  it('is not where somebody has read it since', () => {
    const { findings } = diagnosisOf(recording(null), { at: 8000 });
    expect(findings[0]?.evidence.join()).not.toContain('nobody reads');
  });
});

describe('the verdict on a loop that does not run', () => {
  it('is loop-parked when the thread parks with its request unsent', () => {
    const recording = [
      ...mainAndWorker,
      ...beats(main, 0, 5000),
      ...beats(worker, 20, 420),
      requestStarts(worker, { t: 500 }),
      parks,
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('loop-parked');
  });

  it('is loop-parked, not thread-exited, when the parked thread is terminated', () => {
    const recording: Recording = [
      ...mainAndWorker,
      [main, { e: 'reads', t: 15, from: { kind: 'worker', tid: 1 }, reading: true }],
      ...beats(main, 0, 800),
      ...beats(worker, 20, 420),
      requestStarts(worker, { t: 500 }),
      parks,
      [main, { e: 'terminate', t: 700, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 710, tid: 1, code: 1 }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 800, exitCode: 0 }).verdict).toBe('loop-parked');
  });

  it('is healthy when a worker without a pending request is parked', () => {
    const recording = [
      ...mainAndWorker,
      ...beats(main, 0, 5000),
      ...beats(worker, 20, 420),
      requestStarts(worker, { t: 450 }),
      ...answered(worker, 500),
      parks,
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('healthy');
  });

  it('is loop-blocked when the loop did not run for longer than --hang-after while a request waited', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 400),
      requestStarts(main, { t: 450 }),
      ...beats(main, 4000, 5000),
      ...answered(main, 4050),
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('loop-blocked');
  });

  it('is healthy when the loop did not run for less than --hang-after', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 400),
      requestStarts(main, { t: 450 }),
      ...beats(main, 1500, 3000),
      ...answered(main, 1550),
    ];
    expect(diagnosisOf(recording, { at: 3000 }).verdict).toBe('healthy');
  });

  it('is healthy when an answer that is slow by itself comes in spite of a standstill', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 500 }),
      ...beats(main, 2800, 9000),
      ...answered(main, 8000),
    ];
    expect(diagnosisOf(recording, { at: 9000 }).verdict).toBe('healthy');
  });

  it('is healthy when a slow server answers in the end', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 6000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 5500),
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('healthy');
  });

  it.each([
    { worked: 'before it took a message', taken: 5000, verdict: 'bridge-target-blocked' },
    { worked: 'after it took a message', taken: 950, verdict: 'loop-blocked' },
  ])('is $verdict when a main thread that sends at last had worked for long $worked', (found) => {
    const recording: Recording = [
      ...mainAndWorker,
      [main, { e: 'reads', t: 15, from: { kind: 'worker', tid: 1 }, reading: true }],
      ...beats(main, 0, 800),
      requestStarts(main, { t: 100 }),
      ...answered(main, 120),
      ...beats(worker, 20, 6000),
      [worker, { e: 'post', t: 900, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
      [main, { e: 'taken', t: found.taken, from: { kind: 'worker', tid: 1 }, n: 1 }],
      requestStarts(main, { t: 5010, r: 2, body: 'b' }),
      ...beats(main, 5020, 6000),
      ...answered(main, 5100, 2),
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe(found.verdict);
  });

  it('is loop-blocked when main never comes back to its loop, and has made no request', () => {
    const recording: Recording = [threadStarts(main), ...beats(main, 0, 200)];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('loop-blocked');
  });

  const computes: Recording = [
    threadStarts(main),
    ...beats(main, 0, 1000),
    requestStarts(main, { t: 100 }),
    ...answered(main, 200),
  ];

  it('is healthy when main has sent, and then computes until the watch is over', () => {
    expect(diagnosisOf(computes, { at: 8000, watchedUntil: 8000 }).verdict).toBe('healthy');
  });

  it('is inconclusive when main has sent, and an interval would come round while it computes', () => {
    const recording: Recording = [
      ...computes,
      [main, { e: 'beat', t: 1001, wakeable: true, hasRepeatingTimer: true }],
    ];
    expect(diagnosisOf(recording, { at: 8000, watchedUntil: 8000 }).verdict).toBe('inconclusive');
  });

  it('is healthy when another thread sends meanwhile', () => {
    const recording: Recording = [
      ...computes,
      threadStarts(worker, 900),
      ...beats(worker, 900, 8000),
      requestStarts(worker, { t: 5000 }),
      ...answered(worker, 5100),
    ];
    expect(diagnosisOf(recording, { at: 8000, watchedUntil: 8000 }).verdict).toBe('healthy');
  });

  it('is loop-parked when a worker sleeps for ever before it has made a request', () => {
    const sleeps: Recording[number] = [
      worker,
      { e: 'loop-stopped', t: 60, call: 'Atomics.wait', stack: null, limitMs: null, shared: false },
    ];
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 6000),
      requestStarts(main, { t: 30 }),
      ...answered(main, 60),
      sleeps,
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('loop-parked');
  });

  it('is healthy when a worker sleeps for a time, and the requests are main’s', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 6000),
      requestStarts(main, { t: 30 }),
      ...answered(main, 60),
      [
        worker,
        { e: 'loop-stopped', t: 60, call: 'Atomics.wait', stack: null, limitMs: 60_000, shared: false },
      ],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('healthy');
  });

  it('is healthy when a worker sleeps between the ticks that it posts', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 6000),
      requestStarts(main, { t: 30 }),
      ...answered(main, 60),
      [main, { e: 'reads', t: 20, from: { kind: 'worker', tid: 1 }, reading: true }],
      [worker, { e: 'post', t: 55, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
      [worker, { e: 'loop-stopped', t: 60, call: 'Atomics.wait', stack: null, limitMs: 5000, shared: false }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('healthy');
  });
});
