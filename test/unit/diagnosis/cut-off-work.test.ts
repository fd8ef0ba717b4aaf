import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EventOf, PendingAwaitSeen, ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
import { beats, diagnosisOf, main, mainAndWorker, type Recording, threadStarts, worker } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'cut-off-work-'));
afterAll(() => rmSync(folder, { recursive: true }));

const delivered = (thread: string, t: number): Recording => [
  [
    thread,
    {
      e: 'request',
      t,
      r: 1,
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
  [thread, { e: 'headers', t: t + 5, r: 1, status: 200, retryAfter: null, endless: false }],
  [thread, { e: 'end', t: t + 6, r: 1 }],
];

describe('process.exit() while a function awaits a timer and goes on to send', () => {
  const place = {
    function: 'remind',
    file: '/app/app.js',
    line: 11,
    column: 3,
    inEndlessLoop: false,
    sendsAfter: true,
    isInUnboundedLoop: false,
    sendsLater: true,
  };
  const sleeping: PendingAwaitSeen = {
    expression: 'sleep(200)',
    holders: [{ kind: 'timer', text: 'Timeout' }],
    count: 1,
    chain: [place],
  };
  const verdictWith = (pending: PendingAwaitSeen, readsFiles = false): string => {
    const events: readonly ProbeEvent[] = [
      { e: 'exit-call', t: 700, code: 0, stack: null, ...(readsFiles ? { readsFiles: true } : {}) },
      { e: 'exit', t: 701, code: 0, timers: [] },
      { e: 'awaits', t: 702, until: 800, when: 'end', awaits: [pending] },
    ];
    const recording: Recording = [
      threadStarts(main),
      ...delivered(main, 100),
      ...events.map((event) => [main, event] as const),
    ];
    return diagnosisOf(recording, { kind: 'exited', at: 900, exitCode: 0 }).verdict;
  };

  it('is process-exited', () => expect(verdictWith(sleeping)).toBe('process-exited'));

  it('is healthy where it sleeps again and again', () =>
    expect(verdictWith({ ...sleeping, chain: [{ ...place, inEndlessLoop: true }] })).toBe('healthy'));

  it('is healthy where one that waits for it does so again and again', () =>
    expect(
      verdictWith({ ...sleeping, chain: [place, { ...place, function: 'run', inEndlessLoop: true }] }),
    ).toBe('healthy'));

  it('is healthy where nothing is to be sent afterwards', () =>
    expect(verdictWith({ ...sleeping, chain: [{ ...place, sendsAfter: false }] })).toBe('healthy'));

  it('is healthy where what it waits for may never come', () =>
    expect(verdictWith({ ...sleeping, holders: [{ kind: 'io', text: 'Socket' }] })).toBe('healthy'));

  it('is process-exited where a name lookup would have ended the wait', () =>
    expect(verdictWith({ ...sleeping, holders: [{ kind: 'io', text: 'GetAddrInfoReqWrap' }] })).toBe(
      'process-exited',
    ));

  it('is process-exited where it would have gone on at once', () =>
    expect(verdictWith({ ...sleeping, holders: [], isReady: true })).toBe('process-exited'));

  it('is process-exited where it waits for a file that is being read', () => {
    const reading = { ...sleeping, expression: "readFile('token', 'utf8')", holders: [] };
    expect(verdictWith(reading, true)).toBe('process-exited');
    expect(verdictWith(reading)).toBe('await-unsettled');
  });

  it('is await-unsettled where it waits for something else while a file is being read', () =>
    expect(verdictWith({ ...sleeping, expression: 'lock.acquire()', holders: [] }, true)).toBe(
      'await-unsettled',
    ));
});

describe('a worker that is terminated while it sleeps', () => {
  const verdictIn = (code: string, terminatedAt: number): string => {
    const file = join(folder, `${code.length}.js`);
    writeFileSync(file, code);
    const recording: Recording = [
      ...mainAndWorker,
      ...delivered(main, 100),
      [worker, { e: 'stack', id: 1, frames: [`${file}:2:9 (report)`] }],
      [worker, { e: 'timer-set', t: 300, id: 1, delayMs: 500, repeats: false, isSleep: true, stack: 1 }],
      [main, { e: 'terminate', t: terminatedAt, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: terminatedAt + 5, tid: 1, code: 1 }],
    ];
    return diagnosisOf(recording, { kind: 'exited', at: 3000, exitCode: 0 }).verdict;
  };
  const once = 'async function report() {\n  await sleep(500);\n  await fetch(url);\n}';
  const forEver = 'async function report() { while (true) {\n  await sleep(500);\n  await fetch(url);\n} }';

  it('is thread-exited', () => expect(verdictIn(once, 400)).toBe('thread-exited'));

  it('is healthy where the sleep is over', () => expect(verdictIn(once, 900)).toBe('healthy'));

  it('is healthy where it sleeps between its rounds', () => expect(verdictIn(forEver, 400)).toBe('healthy'));
});

describe('a worker that is terminated while what it collected waits for its timer', () => {
  const verdictOf = (
    {
      code = 'function tell() {\n  timer = setTimeout(flush, 400);\n}',
      ...timer
    }: Partial<EventOf<'timer-set'>> & {
      readonly code?: string;
    },
    ...events: Recording
  ): string => {
    const file = join(folder, `batch-${code.length}.js`);
    writeFileSync(file, code);
    const set = { t: 900, id: 1, delayMs: 400, repeats: false, isSleep: false, stack: 1 } as const;
    const recording: Recording = [
      ...mainAndWorker,
      ...delivered(worker, 500),
      [worker, { e: 'stack', id: 1, frames: [`${file}:2:11 (tell)`] }],
      [worker, { e: 'timer-set', ...set, ...timer }],
      ...events,
      [main, { e: 'terminate', t: 1000, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 1005, tid: 1, code: 1 }],
    ];
    return diagnosisOf(recording, { kind: 'exited', at: 3000, exitCode: 0 }).verdict;
  };

  it('is thread-exited', () => expect(verdictOf({})).toBe('thread-exited'));

  it('is healthy where the timer was cleared before', () =>
    expect(verdictOf({}, [worker, { e: 'timer-gone', id: 1 }])).toBe('healthy'));

  it('is healthy where a request came since, which may have taken it along', () =>
    expect(verdictOf({ t: 450 })).toBe('healthy'));

  it('is healthy where the timer only speaks to another thread', () =>
    expect(verdictOf({ isMessage: true })).toBe('healthy'));

  it('is healthy where the timer is a limit that was to pass much later', () =>
    expect(verdictOf({ delayMs: 60_000 })).toBe('healthy'));

  it('is healthy where what it calls has set it, to come round again', () => {
    const code = 'async function tell() {\n  timer = setTimeout(tell, 1000);\n}';
    expect(verdictOf({ code })).toBe('healthy');
  });
});

describe('terminate() ends a worker that is to send behind its last post', () => {
  const file = join(folder, 'behind-post.mjs');
  const verdictOf = (
    behind: string,
    more: Recording = [],
    { endsAfterMs = 20, post = "parentPort.postMessage('done');" } = {},
  ): string => {
    writeFileSync(file, `${post}\n${behind}\nasync function ring(bell) {\n  await fetch(bell);\n}\n`);
    const events: Recording = [
      [worker, { e: 'stack', id: 1, frames: [`${file}:1:${post.indexOf('postMessage') + 1}`] }],
      [worker, { e: 'post', t: 400, to: { kind: 'parent' }, stack: 1, own: true, lost: null, n: 1 }],
      [main, { e: 'reads', t: 30, from: { kind: 'worker', tid: 1 }, reading: true }],
      [main, { e: 'taken', t: 405, from: { kind: 'worker', tid: 1 }, n: 1 }],
      ...more,
      [main, { e: 'terminate', t: 400 + endsAfterMs, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 401 + endsAfterMs, tid: 1, code: 1 }],
    ];
    return diagnosisOf([...mainAndWorker, ...delivered(worker, 100), ...events], { at: 5000 }).verdict;
  };
  const reads: Recording = [[worker, { e: 'reads', t: 410, from: { kind: 'parent' }, reading: true }]];

  it('is thread-exited', () => expect(verdictOf("await ring('a');")).toBe('thread-exited'));

  it('is thread-exited where it waits for something else before', () =>
    expect(verdictOf('const bell = await choose();\nawait ring(bell);')).toBe('thread-exited'));

  it('is healthy where the request has come', () =>
    expect(
      verdictOf(
        "await ring('a');",
        delivered(worker, 406).map(([thread, event]) => [thread, 'r' in event ? { ...event, r: 2 } : event]),
      ),
    ).toBe('healthy'));

  it('is healthy where only a failure is told', () =>
    expect(verdictOf("if (failed) await ring('a');")).toBe('healthy'));

  it('is healthy where it waits for others', () => {
    expect(verdictOf('const bell = await nextJob();\nawait ring(bell);')).toBe('healthy');
    expect(verdictOf('const bell = await choose();\nawait ring(bell);', reads)).toBe('healthy');
  });

  it('is healthy where it asks for work again and again', () =>
    expect(
      verdictOf("  await ring('a');\n}", [], { post: "while (open) { parentPort.postMessage('next');" }),
    ).toBe('healthy'));

  it('is healthy where it was ended long after', () =>
    expect(verdictOf('const bell = await choose();\nawait ring(bell);', [], { endsAfterMs: 3000 })).toBe(
      'healthy',
    ));
});

describe('a worker is ended before its timer has fired, and nothing was sent', () => {
  it('is thread-exited', () => {
    const events: Recording = [
      [worker, { e: 'timer-set', id: 1, t: 100, delayMs: 5000, repeats: false, isSleep: false, stack: null }],
      [main, { e: 'terminate', t: 2000, tid: 1, stack: null }],
      [main, { e: 'worker-exit', t: 2010, tid: 1, code: 1 }],
    ];
    expect(
      diagnosisOf([...mainAndWorker, ...beats(main, 20, 5000), ...beats(worker, 30, 2000), ...events], {
        at: 5000,
      }).verdict,
    ).toBe('thread-exited');
  });
});
