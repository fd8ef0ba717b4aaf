import { describe, expect, it } from 'vitest';
import type { ProbeEvent } from '../../../src/diagnosis/event.ts';
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

const parksAt = (t: number): Recording[number] => [
  worker,
  { e: 'stop', t, call: 'Atomics.wait', stack: null, limitMs: null, shared: true },
];
const parks = parksAt(510);

describe('the verdict on a recorded program', () => {
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

  it('is loop-blocked when the loop stood still for longer than --hang-after while a request waited', () => {
    const recording = [
      threadStarts(main),
      ...beats(main, 0, 400),
      requestStarts(main, { t: 450 }),
      ...beats(main, 4000, 5000),
      ...answered(main, 4050),
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('loop-blocked');
  });

  it('is healthy when the loop stood still for less than --hang-after', () => {
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

  it('is healthy when a retry with the same body went well', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1 }),
      ...answered(main, 320, 1, 503),
      requestStarts(main, { t: 500, r: 2 }),
      ...answered(main, 520, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
  });

  it.each(['4:', null])(
    'is healthy when the try that failed at once had shown only %s of its body',
    (body) => {
      const recording: Recording = [
        threadStarts(main),
        ...beats(main, 0, 1000),
        requestStarts(main, { t: 300, r: 1, body }),
        ...answered(main, 320, 1, 503),
        requestStarts(main, { t: 500, r: 2, body: '4:x1y2' }),
        ...answered(main, 520, 2),
      ];
      expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
    },
  );

  it('is http-error when only another message went well afterwards', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1, body: 'a' }),
      ...answered(main, 320, 1, 503),
      requestStarts(main, { t: 500, r: 2, body: 'b' }),
      ...answered(main, 520, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('http-error');
  });

  it('is threadpool-starved when a name waits for libuv’s pool', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300, origin: 'http://slack.example' }),
      [main, { e: 'state', t: 400, r: 1, s: 'connecting' }],
      [main, { e: 'pool', t: 5000, waitedMs: 4600, done: false }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('threadpool-starved');
  });

  it('is connect-stalled when an address needs no lookup, however full the pool', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 5000),
      requestStarts(main, { t: 300 }),
      [main, { e: 'state', t: 400, r: 1, s: 'connecting' }],
      [main, { e: 'pool', t: 5000, waitedMs: 4600, done: false }],
    ];
    expect(diagnosisOf(recording, { at: 5000 }).verdict).toBe('connect-stalled');
  });

  it('is rejected-by-slack when the reply says ok: false', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300 }),
      [main, { e: 'headers', t: 350, r: 1, status: 200, retryAfter: null, endless: false }],
      [main, { e: 'reply', r: 1, encoding: '', data: '{"ok":false,"error":"channel_not_found"}' }],
      [main, { e: 'end', t: 351, r: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('rejected-by-slack');
  });

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

  it.each([
    { sent: 'nothing else', requests: [], verdict: 'timer-unreferenced' },
    {
      sent: 'something',
      requests: [requestStarts(main, { t: 100 }), ...answered(main, 120)],
      verdict: 'healthy',
    },
  ])('is $verdict when an interval was let go of and the program sent $sent', ({ requests, verdict }) => {
    const interval = {
      delayMs: 500,
      stack: null,
      at: 150,
      besideRequest: false,
      purpose: 'unknown',
      repeats: true,
    } as const;
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      ...requests,
      [main, { e: 'exit', t: 210, code: 0, timers: [interval] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 220, exitCode: 0 }).verdict).toBe(verdict);
  });

  it('is refused when fetch does not connect to the port', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, origin: 'http://10.0.0.1:9' }),
      [main, { e: 'fail', t: 300, r: 1, by: 'error', code: 'ERR_BAD_PORT', message: '', s: 'created' }],
    ];
    const { verdict, findings } = diagnosisOf(recording, { at: 1000 });
    expect({ verdict, title: findings[0]?.title }).toEqual({
      verdict: 'refused',
      title: 'fetch refuses to connect to the port of http://10.0.0.1:9',
    });
  });

  it('tells of a request and its package’s retries once, with the line of the program', () => {
    const retry = (t: number, r: number, stack: number): Recording => {
      const [thread, event] = requestStarts(main, { t, r });
      return [
        [thread, event.e === 'request' ? { ...event, stack } : event],
        ...answered(main, t + 20, r, 500),
      ];
    };
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      [main, { e: 'stack', id: 1, frames: ['/app/node_modules/retry/index.js:9:1'] }],
      [main, { e: 'stack', id: 2, frames: ['/app/notify.js:3:1', '/app/node_modules/retry/index.js:2:1'] }],
      ...retry(300, 1, 2),
      ...retry(400, 2, 1),
      ...retry(500, 3, 1),
    ];
    const { findings } = diagnosisOf(recording, { at: 1000 });
    expect(findings.map(({ code, stack: [place] }) => ({ code, place }))).toEqual([
      { code: 'http-error', place: '/app/notify.js:3:1' },
    ]);
  });

  it('is bridge-deadlock when main waits in Atomics.wait for the worker whose message waits for main', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 400),
      [main, { e: 'stop', t: 450, call: 'Atomics.wait', stack: null, limitMs: null, shared: true }],
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

  it('is loop-blocked when main never comes back to its loop, and has made no request', () => {
    const recording: Recording = [threadStarts(main), ...beats(main, 0, 200)];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('loop-blocked');
  });

  it('is never-requested when a program ended by itself after long work without a request', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 200),
      [main, { e: 'exit', t: 6000, code: 0, timers: [] }],
    ];
    expect(diagnosisOf(recording, { kind: 'exited', at: 6010, exitCode: 0 }).verdict).toBe('never-requested');
  });

  it('is loop-parked when a worker sleeps for ever before it has made a request', () => {
    const sleeps: Recording[number] = [
      worker,
      { e: 'stop', t: 60, call: 'Atomics.wait', stack: null, limitMs: null, shared: false },
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
      [worker, { e: 'stop', t: 60, call: 'Atomics.wait', stack: null, limitMs: 60_000, shared: false }],
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
      [worker, { e: 'stop', t: 60, call: 'Atomics.wait', stack: null, limitMs: 5000, shared: false }],
    ];
    expect(diagnosisOf(recording, { at: 6000 }).verdict).toBe('healthy');
  });

  it('is healthy when the same message went well at another host', () => {
    const recording: Recording = [
      threadStarts(main),
      ...beats(main, 0, 1000),
      requestStarts(main, { t: 300, r: 1, origin: 'http://10.0.0.9' }),
      [main, { e: 'fail', t: 310, r: 1, by: 'error', code: 'ECONNREFUSED', message: '', s: 'connecting' }],
      requestStarts(main, { t: 320, r: 2 }),
      ...answered(main, 350, 2),
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('healthy');
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

  it('is never-requested when main posts to a worker that does not read, though main has sent before', () => {
    const recording: Recording = [
      ...mainAndWorker,
      ...beats(main, 0, 1000),
      ...beats(worker, 20, 1000),
      requestStarts(main, { t: 300 }),
      ...answered(main, 350),
      [main, { e: 'post', t: 360, to: { kind: 'worker', tid: 1 }, stack: null, own: true, lost: null, n: 1 }],
    ];
    expect(diagnosisOf(recording, { at: 1000 }).verdict).toBe('never-requested');
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
});

function rejection(t: number, inTimer: boolean): ProbeEvent {
  return {
    e: 'uncaught',
    t,
    origin: 'unhandledRejection',
    name: 'TypeError',
    code: '',
    message: 'no such key',
    frames: [],
    inTimer,
    ofRequest: false,
  };
}
