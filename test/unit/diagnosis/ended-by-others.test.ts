import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { beats, diagnosisOf, main, type Recording, threadStarts, worker } from './recorded.ts';

const child = '200.0';
const posted = '/app/app.js:12:3';
const started = '/app/app.js:5:3';

const stackOf = (thread: string, id: number, frame: string): Recording[number] => [
  thread,
  { e: 'stack', id, frames: [frame] },
];

const request = (thread: string, r: number, t: number): Recording => [
  [
    thread,
    {
      e: 'request',
      t,
      r,
      client: 'undici',
      method: 'POST',
      origin: 'http://127.0.0.1:1',
      path: '/hook',
      stack: null,
      deadline: null,
      body: null,
      waitMs: null,
    },
  ],
  [thread, { e: 'headers', t: t + 5, r, status: 200, retryAfter: null, endless: false }],
  [thread, { e: 'end', t: t + 6, r }],
];

describe('a message to a worker that its process took along', () => {
  const post = (t: number, n: number): Recording[number] => [
    main,
    { e: 'post', t, to: { kind: 'worker', tid: 1 }, stack: 1, own: true, lost: null, n },
  ];
  const taken = (t: number, n: number): Recording[number] => [
    worker,
    { e: 'taken', t, from: { kind: 'parent' }, n },
  ];
  const before: Recording = [
    threadStarts(main),
    stackOf(main, 1, posted),
    [main, { e: 'worker', t: 1, tid: 1, name: 'batcher', stack: null, ports: [] }],
    threadStarts(worker, 2),
    [worker, { e: 'reads', t: 3, from: { kind: 'parent' }, reading: true }],
    post(10, 1),
    taken(11, 1),
    ...request(worker, 1, 20),
  ];
  const exit = (t: number): Recording[number] => [main, { e: 'exit', t, code: 0, timers: [] }];
  const end = { kind: 'exited', at: 600, exitCode: 0 } as const;

  it('is lost where it was not taken', () => {
    const { verdict, findings } = diagnosisOf([...before, post(500, 2), exit(501)], end);
    expect(verdict).toBe('process-exited');
    expect(findings[0]?.stack).toContain(posted);
  });

  it('is fine where a request came of it', () => {
    const recording = [...before, post(500, 2), taken(501, 2), ...request(worker, 2, 510), exit(550)];
    expect(diagnosisOf(recording, end).verdict).toBe('healthy');
  });
});

describe('a child process that was killed', () => {
  const before: Recording = [
    threadStarts(main),
    stackOf(main, 1, started),
    [main, { e: 'child', t: 5, pid: 200, file: '/usr/bin/node', stack: 1 }],
    threadStarts(child, 10),
    ...request(child, 1, 20),
  ];
  const killedBy = (by: 'program' | 'maxBuffer' | 'timeout'): Recording => [
    ...before,
    [main, { e: 'child-kill', t: 500, pid: 200, signal: 'SIGTERM', by, stack: null }],
    [main, { e: 'child-exit', t: 510, pid: 200, code: null, signal: 'SIGTERM' }],
  ];

  it('as its parent ended is known by who sent the signal', () => {
    const recording: Recording = [
      ...before,
      [child, { e: 'timer-set', t: 30, id: 1, delayMs: 900, repeats: false, isSleep: false, stack: null }],
      [main, { e: 'exit-call', t: 400, code: 0, stack: null }],
      [main, { e: 'exit', t: 401, code: 0, timers: [] }],
      [main, { e: 'child-kill', t: 402, pid: 200, signal: 'SIGTERM', by: 'program', stack: null }],
    ];
    const { verdict, findings } = diagnosisOf(
      recording,
      { kind: 'exited', at: 420, exitCode: 0 },
      { pid: 200, at: 410 },
    );
    expect(verdict).toBe('process-exited');
    expect(findings[0]?.title).toContain('SIGTERM');
  });

  it.each([
    ['maxBuffer', 'process-exited'],
    ['timeout', 'process-exited'],
    ['program', 'healthy'],
  ] as const)('by %s: %s', (by, verdict) => {
    const gone = { pid: 200, at: 511 };
    expect(diagnosisOf(killedBy(by), { at: 5000 }, gone).verdict).toBe(verdict);
  });
});

describe('a child process that a limit ended before its first request', () => {
  const killed = (file: string): Recording => [
    threadStarts(main),
    ...request(main, 1, 5),
    [main, { e: 'child', t: 10, pid: 200, file: '/usr/bin/node', stack: null }],
    threadStarts(child, 20, file),
    [main, { e: 'child-kill', t: 500, pid: 200, signal: 'SIGTERM', by: 'timeout', stack: null }],
    [main, { e: 'child-exit', t: 510, pid: 200, code: null, signal: 'SIGTERM' }],
    ...beats(main, 520, 5000),
  ];
  const fixture = (name: string) =>
    fileURLToPath(new URL(`../../../fixtures/reports/node/${name}`, import.meta.url));

  it.each([
    ['m08-report-with-a-time-limit.mjs', 'process-exited'],
    ['support/feed.process.mjs', 'healthy'],
  ])('and whose code is %s: %s', (name, verdict) => {
    const gone = { pid: 200, at: 511 };
    expect(diagnosisOf(killed(fixture(name)), { at: 5000 }, gone).verdict).toBe(verdict);
  });
});

describe('a connection that a package tries to open again and again', () => {
  const tries: Recording = [1, 2, 3, 4].flatMap(
    (id): Recording => [
      [main, { e: 'connection', t: id * 1000, id, address: '127.0.0.1:6379', own: false, stack: null }],
      [main, { e: 'connection-state', t: id * 1000 + 100, id, state: 'closed', failure: 'ECONNREFUSED' }],
    ],
  );
  const waits: Recording[number] = [
    main,
    {
      e: 'callback-fruitless',
      t: 1200,
      id: 1,
      kind: 'timer',
      setAt: 500,
      ranAt: 1000,
      delayMs: 500,
      repeats: false,
      stack: 1,
      leads: 'surely',
      conditional: true,
      calls: null,
      hasLed: false,
      uncertain: false,
      sleepsUntil: 4500,
      why: { kind: 'pending', frames: [posted] },
    },
  ];
  const before: Recording = [threadStarts(main), stackOf(main, 1, started), ...request(main, 1, 100)];

  it('is the cause where what is to send waits for it', () => {
    const { verdict, findings } = diagnosisOf([...before, waits, ...tries], { at: 5000 });
    expect(verdict).toBe('await-unsettled');
    expect(findings[0]?.stack[0]).toBe(posted);
  });

  it('is no finding where nothing waits for it', () => {
    expect(diagnosisOf([...before, ...tries, ...beats(main, 20, 5000)], { at: 5000 }).verdict).toBe(
      'healthy',
    );
  });
});
