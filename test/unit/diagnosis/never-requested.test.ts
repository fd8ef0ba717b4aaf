import { describe, expect, it } from 'vitest';
import type { EventOf, ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
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

describe('the verdict on what should have led to a request', () => {
  it('is healthy when every request was answered', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 1000, exitCode: 0 }).verdict).toBe('healthy');
  });

  it('is never-requested when there was no request', () => {
    expect(diagnosisOf([threadStarts(main), ...beats(main, 0, 1000)], { at: 1000 }).verdict).toBe(
      'never-requested',
    );
  });

  it('is never-requested when a program ended by itself after long work without a request', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      [main, { e: 'exit', t: 6000, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 6010, exitCode: 0 }).verdict).toBe('never-requested');
  });

  it('is healthy when a worker that sends by itself posts what nobody reads', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 1000),
      ...beats(worker, 20, 1000),
      requestStarts(worker, { t: 300 }),
      ...answered(worker, 350),
      [worker, { e: 'post', t: 360, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  describe('on a message that main posts to a worker after a request that was answered', () => {
    const posted = (...events: readonly ProbeEvent[]): Recording => [
      ...mainAndWorker,
      ...beats(main, 0, 4000),
      ...beats(worker, 20, 4000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
      [main, { e: 'post', t: 360, to: { kind: 'worker', tid: 1 }, stack: null, own: true, lost: null, n: 1 }],
      ...events.map((event): Recording[number] => [worker, event]),
    ];

    it('is never-requested when the worker does not read it', () => {
      expect(diagnosisOf(posted(), { at: 4000 }).verdict).toBe('never-requested');
    });

    it('is inconclusive when the watch ended before the worker had time to read it', () => {
      expect(diagnosisOf(posted(), { at: 1000 }).verdict).toBe('inconclusive');
    });

    it('is thread-exited when the worker was terminated before it could begin to read', () => {
      const recording: Recording = [
        ...mainAndWorker,
        ...beats(main, 0, 4000),
        requestStarts(main, { t: 300 }),
        ...answered(main, 350),
        [worker, { e: 'beat', t: 30, wakeable: true }],
        [
          main,
          { e: 'post', t: 360, to: { kind: 'worker', tid: 1 }, stack: null, own: true, lost: null, n: 1 },
        ],
        [main, { e: 'terminate', t: 370, tid: 1, stack: null }],
        [main, { e: 'worker-exit', t: 390, tid: 1, code: 1 }],
      ];
      expect(diagnosisOf(recording, { at: 4000 }).verdict).toBe('thread-exited');
    });

    it('is healthy when the worker took it and stopped reading', () => {
      const from = { kind: 'parent' } as const;
      const events: readonly ProbeEvent[] = [
        { e: 'reads', t: 380, from, reading: true },
        { e: 'taken', t: 381, from, n: 1 },
        { e: 'reads', t: 382, from, reading: false },
      ];
      expect(diagnosisOf(posted(...events), { at: 4000 }).verdict).toBe('healthy');
    });
  });

  it('is healthy when sending went on after a rejection that was caught process-wide', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      [main, rejection(200, false)],
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  it('names what ended a worker before what was posted to it', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 3000),
      [worker, rejection(40, false, 'uncaughtException')],
      [main, { e: 'worker-exit', t: 60, tid: 1, code: 1 }],
      [
        main,
        {
          e: 'post',
          t: 1000,
          to: { kind: 'worker', tid: -1 },
          stack: null,
          own: true,
          lost: 'ended',
          n: 1,
          ended: 1,
        },
      ],
    ];
    const { findings } = diagnosisOf(recording, { at: 3000 });
    expect(findings.map(({ title }) => title)).toEqual([
      'TypeError ended thread 1 (heartbeat)',
      'A message was posted to a worker, whose thread had ended',
    ]);
  });

  it('is never-requested when a timer’s callback threw, though sending went on', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      [main, rejection(200, true)],
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('never-requested');
  });

  it.each([
    ['does not accuse one that names the status of the reply', 'An HTTP error: statusCode = 503', false],
    ['accuses one that names nothing of the reply', 'no such key', true],
    ['accuses one that only has the digits of the status', 'no row 15034', true],
  ])('%s, of the errors that end a program after a reply', (_, message, isAccused) => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      requestStarts(main, { t: 300 }),
      ...answered(main, 350, 1, 503),
      [main, { ...rejection(360, false), message }],
      [main, { e: 'exit', t: 365, code: 1, timers: [] }],
    ];
    const { findings } = diagnosisOf(recording, { kind: 'exited', at: 380, exitCode: 1 });
    expect(findings.some(({ code }) => code === 'never-requested')).toBe(isAccused);
  });
});

function rejection(
  t: number,
  inTimer: boolean,
  origin: 'unhandledRejection' | 'uncaughtException' = 'unhandledRejection',
): EventOf<'uncaught'> {
  return {
    e: 'uncaught',
    t,
    origin,
    name: 'TypeError',
    code: '',
    message: 'no such key',
    frames: [],
    inTimer,
    ofRequest: false,
  };
}
