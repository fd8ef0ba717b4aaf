import { describe, expect, it } from 'vitest';
import { type PythonEvent, pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { type Diagnosis, diagnose } from '../../../../src/diagnosis/rules/index.ts';

const main = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const heartbeat = { id: 2, name: 'heartbeat', isMain: false, daemon: true };
const stack = ['app.py:10 (notify)'];

/** Events as the probe writes them; what a test does not speak of is filled in. */
function recorded(...events: readonly object[]): PythonEvent[] {
  return events.map((event) => pythonEventSchema.parse({ t: 0, thread: main, stack, ...event }));
}

function request(more: object = {}): object {
  return {
    e: 'request',
    r: 1,
    client: 'aiohttp',
    method: 'POST',
    origin: 'http://127.0.0.1:8080',
    path: '/api/chat.postMessage',
    loop: 1,
    owner: 1,
    timeoutMs: 1000,
    deadlineMs: null,
    body: 'a',
    ...more,
  };
}

function loop(s: 'running' | 'stopped' | 'closed', more: object = {}): object {
  return { e: 'loop', l: 1, s, ...more };
}

function seenLoop(more: object = {}): object {
  return {
    l: 1,
    s: 'running',
    polling: true,
    stillMs: 0,
    ready: 0,
    thread: main,
    threadAlive: true,
    statement: 'time.sleep(30)',
    stack,
    waitsFor: null,
    inLock: false,
    ...more,
  };
}

function snapshot(more: object = {}): object {
  return { e: 'snapshot', how: 'pending', loops: [], handovers: [], jobs: [], queued: 0, ...more };
}

function handover(more: object = {}): object {
  return { e: 'handover', h: 5, loop: 1, running: true, what: 'notify', ...more };
}

interface Watched {
  readonly endedAt?: number;
  readonly gone?: boolean;
}

const pid = 4;

function diagnosisOf(
  events: readonly PythonEvent[],
  { endedAt = 5000, gone = false }: Watched = {},
): Diagnosis {
  const joiner = new PythonJoiner(() => true);
  for (const event of events) joiner.add(pid, event);
  if (gone) joiner.processGone(pid, null);
  const end = { kind: gone ? 'exited' : 'timeout', at: endedAt, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 });
}

function verdictOf(events: readonly PythonEvent[], watched: Watched = {}): string {
  return diagnosisOf(events, watched).verdict;
}

const connectionLost = (t: number) => ({
  e: 'fail',
  r: 1,
  by: 'error',
  code: 'reset',
  message: 'Connection aborted',
  s: 'sent',
  t,
});

describe('a request that is pending', () => {
  it('on a loop whose run_until_complete returned is loop-parked', () => {
    expect(verdictOf(recorded(loop('running'), request(), loop('stopped', { t: 10 })))).toBe('loop-parked');
  });

  it('on a loop that stands in blocking code is loop-blocked', () => {
    const blocked = seenLoop({ polling: false, stillMs: 4900 });
    expect(verdictOf(recorded(loop('running'), request(), snapshot({ t: 4950, loops: [blocked] })))).toBe(
      'loop-blocked',
    );
  });

  it.each([
    ['gevent', 'loop-blocked'],
    ['asyncio', 'connect-stalled'],
  ])('by a blocking client beside blocking code on a loop of %s is %s', (kind, verdict) => {
    const asked = request({ client: 'http.client', timeoutMs: null });
    const seen = { loops: [seenLoop({ polling: false, stillMs: 4000 })] };
    const events = recorded(loop('running', { kind }), asked, snapshot({ t: 4500, ...seen }));
    expect(verdictOf(events)).toBe(verdict);
  });

  it('on a loop that waits for what was handed to itself is bridge-deadlock', () => {
    const blocked = seenLoop({ polling: false, stillMs: 4900, inLock: true });
    const wait = { e: 'wait', w: 9, call: 'Future.result()', loop: 1, h: 5, limitMs: null };
    const [finding] = diagnosisOf(
      recorded(loop('running'), handover(), wait, snapshot({ t: 4950, loops: [blocked] })),
    ).findings;
    expect(finding).toMatchObject({
      code: 'bridge-deadlock',
      title: 'The main thread waits for something that its own loop must do',
    });
  });

  it('in the connector’s queue is pool-exhausted', () => {
    const queued = { e: 'state', r: 1, s: 'queued' };
    expect(
      verdictOf(recorded(loop('running'), request(), queued, snapshot({ t: 4950, loops: [seenLoop()] }))),
    ).toBe('pool-exhausted');
  });

  it('behind a look-up that finds no free thread is threadpool-starved', () => {
    const job = {
      j: 7,
      name: 'getaddrinfo',
      module: '_socket',
      stack,
      queuedMs: 4000,
      workers: 6,
      busyWith: ['time.sleep(30)'],
    };
    const resolving = { e: 'state', r: 1, s: 'resolving' };
    expect(
      verdictOf(
        recorded(
          loop('running'),
          request(),
          resolving,
          snapshot({ t: 4950, loops: [seenLoop()], jobs: [job], queued: 1 }),
        ),
      ),
    ).toBe('threadpool-starved');
  });

  it('with a server that does not answer is response-stalled', () => {
    expect(verdictOf(recorded(request({ loop: null }), { e: 'state', r: 1, s: 'sent' }))).toBe(
      'response-stalled',
    );
  });

  it('for less than --hang-after is no finding', () => {
    expect(
      verdictOf(recorded(request({ loop: null }), { e: 'state', r: 1, s: 'sent' }), { endedAt: 1500 }),
    ).toBe('healthy');
  });

  it('when the interpreter ends is process-exited', () => {
    const end = snapshot({ t: 300, how: 'end', stack: [] });
    expect(verdictOf(recorded(request({ loop: null, thread: heartbeat }), end), { gone: true })).toBe(
      'process-exited',
    );
  });

  it('of a daemon when the interpreter begins to end, and loses its connection then, is process-exited', () => {
    const events = recorded(
      request({ loop: null, thread: heartbeat }),
      { e: 'leaving', t: 700 },
      connectionLost(720),
      snapshot({ how: 'end', t: 730 }),
    );
    expect(verdictOf(events, { gone: true })).toBe('process-exited');
  });

  it('for long when the interpreter begins to end, and loses its connection then, is response-stalled', () => {
    const events = recorded(
      request({ loop: null, thread: heartbeat }),
      { e: 'leaving', t: 3000 },
      connectionLost(3020),
      snapshot({ how: 'end', t: 3030 }),
    );
    expect(verdictOf(events, { gone: true })).toBe('response-stalled');
  });

  it('when the interpreter begins to end, and is answered before it has, is no finding', () => {
    const events = recorded(
      request({ loop: null, thread: heartbeat }),
      { e: 'leaving', t: 700 },
      { e: 'head', r: 1, status: 200, retryAfter: null, t: 900 },
      { e: 'end', r: 1, t: 910 },
      snapshot({ how: 'end', t: 920 }),
    );
    expect(verdictOf(events, { gone: true })).toBe('healthy');
  });

  it('when the process is killed is process-exited', () => {
    expect(verdictOf(recorded(request({ loop: null }), { e: 'beat', t: 300 }), { gone: true })).toBe(
      'process-exited',
    );
  });

  it('while native code holds the interpreter is loop-blocked', () => {
    expect(verdictOf(recorded(loop('running'), request(), { e: 'beat', t: 50 }))).toBe('loop-blocked');
  });

  it('with its body unread by the program is no finding', () => {
    const head = { e: 'head', r: 1, status: 200, retryAfter: null };
    expect(verdictOf(recorded(request({ loop: null }), head, { e: 'state', r: 1, s: 'body-unread' }))).toBe(
      'healthy',
    );
  });
});

describe('a request that ended badly', () => {
  const failed = (code: string, more: object = {}) => ({
    e: 'fail',
    t: 100,
    r: 1,
    code,
    message: code,
    by: 'error',
    s: 'connecting',
    ...more,
  });

  it.each(['refused', 'reset', 'dns-not-found', 'tls-untrusted'])('with %s is that', (code) => {
    expect(verdictOf(recorded(request({ loop: null }), failed(code)))).toBe(code);
  });

  it('with another loop’s session before anything was sent is never-requested', () => {
    expect(verdictOf(recorded(request(), failed('wrong-loop', { s: 'created' })))).toBe('never-requested');
  });

  it('with another loop’s session after it was sent is not called never-requested', () => {
    expect(verdictOf(recorded(request(), failed('wrong-loop', { s: 'sent' })))).toBe('response-stalled');
  });

  it('by a broken connection before the interpreter began to end is reset', () => {
    const events = recorded(
      request({ loop: null }),
      connectionLost(500),
      { e: 'leaving', t: 700 },
      snapshot({ how: 'end', t: 710 }),
    );
    expect(verdictOf(events, { gone: true })).toBe('reset');
  });

  it('cancelled by asyncio.run in a thread is thread-exited', () => {
    const cancelled = failed('cancelled', { by: 'loop-end' });
    expect(verdictOf(recorded(request({ thread: heartbeat }), cancelled))).toBe('thread-exited');
  });

  it('cancelled by the program is no finding', () => {
    expect(verdictOf(recorded(request(), failed('cancelled', { by: 'program' })))).toBe('healthy');
  });

  it('timed out because its loop did not run is loop-blocked', () => {
    const blocked = {
      e: 'loop-blocked',
      t: 1090,
      l: 1,
      forMs: 1000,
      statement: 'crunch()',
      waitsFor: null,
      inLock: false,
    };
    expect(
      verdictOf(recorded(loop('running'), request(), blocked, failed('timed-out', { t: 1100, s: 'sent' }))),
    ).toBe('loop-blocked');
  });

  it('and was made again with success is no finding', () => {
    const again = [
      request({ r: 2, t: 200, loop: null }),
      { e: 'head', t: 210, r: 2, status: 200, retryAfter: null },
      { e: 'end', t: 211, r: 2 },
    ];
    expect(verdictOf(recorded(request({ loop: null }), failed('reset'), ...again))).toBe('healthy');
  });

  it.each([
    [429, 'rate-limited'],
    [500, 'http-error'],
    [404, 'http-error'],
  ])('with HTTP %i is %s', (status, verdict) => {
    const head = { e: 'head', r: 1, status, retryAfter: null };
    expect(verdictOf(recorded(request({ loop: null }), head, { e: 'end', t: 50, r: 1 }))).toBe(verdict);
  });

  it('with "ok": false is rejected-by-slack', () => {
    const head = { e: 'head', r: 1, status: 200, retryAfter: null };
    const refusal = { e: 'refusal', r: 1, code: 'channel_not_found' };
    expect(verdictOf(recorded(request({ loop: null }), head, refusal, { e: 'end', t: 50, r: 1 }))).toBe(
      'rejected-by-slack',
    );
  });
});

describe('a handover that was not begun', () => {
  it('to a loop blocked by other code is bridge-target-blocked', () => {
    const blocked = seenLoop({ polling: false, stillMs: 4900 });
    expect(
      verdictOf(
        recorded(
          loop('running'),
          handover({ thread: heartbeat }),
          snapshot({ t: 4950, loops: [blocked], handovers: [{ h: 5, started: false }] }),
        ),
      ),
    ).toBe('bridge-target-blocked');
  });

  it('to a loop that joins the thread it came from is bridge-deadlock', () => {
    const blocked = seenLoop({ polling: false, stillMs: 4900, inLock: true, waitsFor: heartbeat.id });
    expect(
      verdictOf(
        recorded(loop('running'), handover({ thread: heartbeat }), snapshot({ t: 4950, loops: [blocked] })),
      ),
    ).toBe('bridge-deadlock');
  });

  it('to its own loop, which then stopped, is loop-parked', () => {
    expect(verdictOf(recorded(loop('running'), handover(), loop('stopped', { t: 10 })))).toBe('loop-parked');
  });

  it('to a loop that no thread runs is never-requested', () => {
    expect(verdictOf(recorded(handover()))).toBe('never-requested');
  });

  it('given up after its deadline while main’s loop did not run is bridge-target-blocked', () => {
    const end = { e: 'handover-end', t: 3000, h: 5, how: 'cancelled', started: false };
    const blocked = {
      e: 'loop-blocked',
      t: 3500,
      l: 1,
      forMs: 3400,
      statement: 'time.sleep(30)',
      waitsFor: null,
      inLock: false,
    };
    expect(verdictOf(recorded(loop('running'), handover({ thread: heartbeat }), end, blocked))).toBe(
      'bridge-target-blocked',
    );
  });
});

describe('a program in which nothing was asked', () => {
  it('because a coroutine was not awaited is never-requested', () => {
    expect(verdictOf(recorded({ e: 'unawaited', what: 'notify', users: true }))).toBe('never-requested');
  });

  it('names a generator or a map() that nobody went through', () => {
    const stack = ['/app/bot.py:7 (broadcast)'];
    const map = { e: 'unawaited', what: 'map(notify, …)', kind: 'map', users: true, stack };
    const [finding] = diagnosisOf(recorded(map)).findings;
    expect(finding).toMatchObject({ code: 'never-requested', stack });
    expect(finding?.title).toContain('map(notify, …)');
    expect(finding?.fix).toContain('for loop');
    const generator = { ...map, what: 'notify_all', kind: 'a generator' };
    expect(diagnosisOf(recorded(generator)).findings[0]?.evidence[0]).toContain('notify_all is a generator');
  });

  it.each([
    ['body-used-up', 'request-incomplete'],
    ['redirect-dropped-body', 'http-error'],
  ])('%s is %s, with the place of the call', (how, code) => {
    const stack = ['/app/bot.py:9 (report)'];
    const event = { e: 'not-reached', how, what: 'POST /hooks', made: [], stack };
    const [finding] = diagnosisOf(recorded(event)).findings;
    expect(finding).toMatchObject({ code, stack });
    expect(finding?.evidence[0]).toContain('POST /hooks');
  });

  it('because a daemon timer was not due yet is timer-unreferenced', () => {
    const timer = { e: 'timer', n: 3, delayMs: 10_000, daemon: true };
    const end = snapshot({ how: 'end', stack: [] });
    expect(
      verdictOf(recorded(timer, end, request({ r: 8, loop: null }), { e: 'forget', r: 8 }), { gone: true }),
    ).toBe('timer-unreferenced');
  });

  it('because an error ended the loop of a thread that had sent is never-requested', () => {
    const died = { e: 'thread-error', error: 'KeyError: 17', requests: 3, thread: heartbeat };
    expect(verdictOf(recorded(request(), { ...died, repeats: true }, { e: 'end', r: 1 }))).toBe(
      'never-requested',
    );
    expect(verdictOf(recorded(request(), { ...died, repeats: false }, { e: 'end', r: 1 }))).toBe('healthy');
  });

  it('because a task had failed, and nobody asked for its error before the process was killed, is never-requested', () => {
    const task = { e: 'task-end', how: 'failed', n: 6, soFar: true, what: 'notify', made: stack, ageMs: 0 };
    const failed = {
      ...task,
      requests: 0,
      leads: true,
      repeats: false,
      took: null,
      error: 'KeyError: 17',
      statement: null,
    };
    const asked = { e: 'task-asked', n: 6 };
    const end = snapshot({ how: 'end' });
    expect(verdictOf(recorded(request(), { e: 'end', r: 1 }, failed), { gone: true })).toBe(
      'never-requested',
    );
    expect(verdictOf(recorded(request(), { e: 'end', r: 1 }, failed, asked), { gone: true })).toBe('healthy');
    expect(verdictOf(recorded(request(), { e: 'end', r: 1 }, failed, end), { gone: true })).toBe('healthy');
  });

  it('because no thread can wait for as long as its timer’s delay is timer-overflow', () => {
    const timer = { e: 'timer', n: 1, delayMs: 1.8e15, daemon: false, overflows: true };
    expect(verdictOf(recorded(timer), { gone: true })).toBe('timer-overflow');
  });

  it('because nothing runs its scheduler’s loop is loop-parked, with the last that was seen of it', () => {
    const job = {
      e: 'scheduled',
      how: 'loop-not-run',
      what: 'tick',
      defined: null,
      trigger: '',
      once: false,
    };
    const where = { leads: true, graceMs: null, error: null, place: ['app.py:25 (main)'] };
    const events = recorded({ ...job, ...where, lateMs: 1200 }, { ...job, ...where, lateMs: 2400 });
    const { findings, verdict } = diagnosisOf(events);
    expect(verdict).toBe('loop-parked');
    expect(findings.map(({ stack: [place] }) => place)).toEqual(['app.py:25 (main)']);
  });

  it('because its loop was not woken for what another thread scheduled is never-requested', () => {
    const asleep = seenLoop({ ready: 1 });
    expect(
      verdictOf(
        recorded(
          loop('running'),
          snapshot({ t: 100, loops: [asleep] }),
          snapshot({ t: 4900, loops: [asleep] }),
        ),
      ),
    ).toBe('never-requested');
  });

  it('at all says so', () => {
    const events = recorded({ e: 'process', pid, ppid: 3, python: '3.11.2' });
    const { findings } = diagnosisOf(events, { endedAt: 1000, gone: true });
    expect(findings.map(({ title }) => title)).toEqual(['The program made no request']);
  });
});

describe('what a finding says', () => {
  it('tells that the client’s own timeout has not fired', () => {
    const { findings } = diagnosisOf(recorded(loop('running'), request(), loop('stopped', { t: 10 })));
    expect(findings[0]?.evidence).toContain(
      'its own ClientTimeout(total=1) has not fired: that timeout is a timer on the same loop',
    );
  });

  it('tells where every thread of a program stands that goes on, where the cause is what did not come', () => {
    const waiting = {
      ...heartbeat,
      statement: 'ready.wait()',
      stack: ['app.py:4 (wait)'],
      stillMs: 0,
      wait: null,
    };
    const lost = { e: 'unawaited', what: 'notify', users: true };
    const { findings } = diagnosisOf(recorded(lost, snapshot({ threads: [waiting] })));
    expect(findings[0]?.evidence).toContain('thread heartbeat was in `ready.wait()` at app.py:4 (wait)');
  });

  it('counts only requests that are relevant', () => {
    const joiner = new PythonJoiner((url) => url.includes('slack.com'));
    for (const event of recorded(request({ loop: null }))) joiner.add(pid, event);
    expect(joiner.finish({ kind: 'timeout', at: 5000, exitCode: null, signal: null }).started).toBe(0);
  });
});
