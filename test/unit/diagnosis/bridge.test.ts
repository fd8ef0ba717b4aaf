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

const child = '101.0';

describe('the verdict on a message between threads', () => {
  it('is bridge-target-blocked when a worker’s message waits for a blocked main thread', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 400),
      ...beats(worker, 20, 6000),
      [worker, { e: 'post', t: 900, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('bridge-target-blocked');
  });

  it.each([
    { second: 'was taken', taken: 2, verdict: 'loop-blocked' },
    { second: 'waits while the first is handled', taken: 1, verdict: 'bridge-target-blocked' },
  ])('is $verdict when a blocked main thread was posted two messages and the second $second', (found) => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 400),
      ...beats(worker, 20, 6000),
      [main, { e: 'taken', t: 422, from: { kind: 'worker', tid: 1 }, n: found.taken }],
      [worker, { e: 'post', t: 420, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
      [worker, { e: 'post', t: 421, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 2 }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe(found.verdict);
  });

  it.each([
    { after: 'the observation ended in it', resumes: null, verdict: 'loop-blocked' },
    { after: 'the request followed', resumes: 3500, verdict: 'loop-blocked' },
    { after: 'there was little of it', resumes: 1200, verdict: 'healthy' },
  ])('is $verdict when main took a message, ran synchronous code and $after', ({ resumes, verdict }) => {
    const recording: Recording = [
      ...mainAndWorker,
      [main, { e: 'reads', t: 15, from: { kind: 'worker', tid: 1 }, reading: true }],
      ...beats(main, 0, 800),
      requestStarts(main, { t: 100 }),
      ...answered(main, 120),
      ...beats(worker, 20, 6000),
      [main, { e: 'reads', t: 30, from: { kind: 'worker', tid: 1 }, reading: true }],
      [worker, { e: 'post', t: 900, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
      [main, { e: 'taken', t: 901, from: { kind: 'worker', tid: 1 }, n: 1 }],
      ...(resumes === null
        ? []
        : [
            requestStarts(main, { t: resumes, r: 2, body: 'b' }),
            ...beats(main, resumes + 1, 6000),
            ...answered(main, resumes + 20, 2),
          ]),
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe(verdict);
  });

  it('is bridge-deadlock when main waits in Atomics.wait for the worker whose message waits for main', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 400),
      [main, { e: 'loop-stopped', t: 450, call: 'Atomics.wait', stack: null, limitMs: null, shared: true }],
      ...beats(worker, 20, 6000),
      [worker, { e: 'post', t: 900, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('bridge-deadlock');
  });

  it('is healthy when a thread that takes its messages without its loop was late to start', () => {
    const port = { kind: 'port', id: '100.0.1.2' } as const;
    const post = {
      e: 'post',
      to: { kind: 'port', id: '100.0.1.1' },
      stack: null,
      own: true,
      lost: null,
      n: 1,
    } as const;
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 6000),
      [worker, { e: 'reads', t: 30, from: port, reading: true }],
      [main, { ...post, t: 1000 }],
      [worker, { e: 'taken', t: 3500, from: port, n: 1 }],
      requestStarts(worker, { t: 3510 }),
      ...beats(worker, 3520, 6000),
      ...answered(worker, 3600),
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('healthy');
  });

  it('is bridge-target-blocked when a child process’s message waits for its blocked parent', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 400),
      threadStarts(child),
      ...beats(child, 20, 6000),
      [
        child,
        { e: 'post', t: 900, to: { kind: 'process', pid: 100 }, stack: null, own: true, lost: null, n: 1 },
      ],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('bridge-target-blocked');
  });
});
