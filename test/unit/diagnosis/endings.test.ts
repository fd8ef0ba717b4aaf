import { describe, expect, it } from 'vitest';
import {
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

describe('the verdict on a thread or process that ends', () => {
  it('is thread-exited when a worker was terminated as soon as it had started, before any request', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 200),
      [main, { e: 'terminate', t: 40, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 50, tid: 1, code: 1 }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 300, exitCode: 0 }).verdict).toBe('thread-exited');
  });

  it('is never-requested when the worker was terminated after it had reported that it was done', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 200),
      [worker, { e: 'post', t: 30, to: { kind: 'parent' }, stack: null, own: true, lost: null, n: 1 }],
      [main, { e: 'reads', t: 30, from: { kind: 'worker', tid: 1 }, reading: true }],
      [main, { e: 'terminate', t: 40, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 50, tid: 1, code: 1 }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 300, exitCode: 0 }).verdict).toBe('never-requested');
  });

  it('is thread-exited when a worker is terminated with a request under way', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 1000),
      ...beats(worker, 20, 620),
      requestStarts(worker, { t: 500 }),
      [main, { e: 'terminate', t: 700, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 710, tid: 1, code: 1 }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 1000, exitCode: 0 }).verdict).toBe('thread-exited');
  });

  it('is thread-exited, not loop-parked, when a worker that had only just parked is terminated', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 1000),
      ...beats(worker, 20, 620),
      requestStarts(worker, { t: 500 }),
      parksAt(700),
      [main, { e: 'terminate', t: 702, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 710, tid: 1, code: 1 }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 1000, exitCode: 0 }).verdict).toBe('thread-exited');
  });

  it('is process-exited when main exits with a request of a worker under way', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 600),
      ...beats(worker, 20, 620),
      requestStarts(worker, { t: 500 }),
      [main, { e: 'exit-call', t: 700, code: 0, stack: null }],
      [main, { e: 'exit', t: 700, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 710, exitCode: 0 }).verdict).toBe('process-exited');
  });

  it('is process-exited when an exit handler of main closes the server on a worker’s request', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 600),
      ...beats(worker, 20, 620),
      requestStarts(worker, { t: 500 }),
      [worker, { e: 'fail', t: 720, r: 1, by: 'error', code: 'ECONNRESET', message: '', s: 'sent' }],
      [main, { e: 'exit-call', t: 700, code: 0, stack: null }],
      [main, { e: 'exit', t: 700, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 810, exitCode: 0 }).verdict).toBe('process-exited');
  });

  it('is reset when a worker’s connection breaks before main ends', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 600),
      ...beats(worker, 20, 620),
      requestStarts(worker, { t: 500 }),
      [worker, { e: 'fail', t: 680, r: 1, by: 'error', code: 'ECONNRESET', message: '', s: 'sent' }],
      [main, { e: 'exit', t: 700, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 810, exitCode: 0 }).verdict).toBe('reset');
  });

  it('is response-stalled, not process-exited, when the program gives up long after the server should have answered', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300 }),
      [main, { e: 'state', t: 320, r: 1, s: 'sent' }],
      [main, { e: 'exit-call', t: 5000, code: 1, stack: null }],
      [main, { e: 'exit', t: 5000, code: 1, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 5010, exitCode: 1 }).verdict).toBe(
      'response-stalled',
    );
  });

  it('is thread-exited when a worker’s parent ended and took it along, request and all', () => {
    const nested = '100.2';
    const recording: Recording = [
      ...mainAndWorker,
      [worker, { e: 'worker', t: 30, tid: 2, name: 'sender', stack: null, ports: [] }],
      threadStarts(nested, 40),
      ...beats(main, 0, 6000),
      ...beats(nested, 40, 400),
      requestStarts(nested, { t: 300 }),
      [worker, { e: 'exit-call', t: 500, code: 0, stack: null }],
      [worker, { e: 'exit', t: 500, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('thread-exited');
  });
});
