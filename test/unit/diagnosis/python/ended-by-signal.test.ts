import { describe, expect, it } from 'vitest';
import { type PythonEvent, pythonEventSchema } from '../../../../src/diagnosis/python/event.ts';
import { PythonJoiner } from '../../../../src/diagnosis/python/joiner.ts';
import { diagnose } from '../../../../src/diagnosis/rules/index.ts';

const thread = { id: 1, name: 'MainThread', isMain: true, daemon: false };
const parent = 4;
const child = 5;

const began = { e: 'process', argv: [], python: '3.11' };
const stake = {
  e: 'at-stake',
  t: 100,
  items: [
    {
      thread,
      how: 'finally',
      what: 'work',
      holds: [],
      to: 'child.py:9 (work)',
      statement: 'time.sleep(1)',
      stack: ['child.py:7 (work)'],
    },
  ],
};
const terminated = {
  e: 'signal-sent',
  t: 500,
  to: child,
  name: 'SIGTERM',
  stack: ['parent.py:20 (stop)'],
};
const request = {
  e: 'request',
  t: 300,
  r: 1,
  client: 'requests',
  method: 'POST',
  origin: 'http://127.0.0.1:8080',
  path: '/',
  loop: null,
  owner: null,
  timeoutMs: null,
  deadlineMs: null,
  body: 'a',
};

function event(written: object): PythonEvent {
  return pythonEventSchema.parse({ t: 0, thread, stack: [], ...written });
}

/** What is said when the child is gone. */
function findingsOf(ofChild: readonly object[], ofParent: readonly object[]) {
  const joiner = new PythonJoiner(() => true);
  for (const one of [began, ...ofParent]) joiner.add(parent, event(one));
  for (const one of [began, ...ofChild]) joiner.add(child, event(one));
  joiner.processGone(child, null);
  const end = { kind: 'timeout', at: 1000, exitCode: null, signal: null } as const;
  return diagnose(joiner.finish(end), { hangAfterMs: 2000 }).findings;
}

describe('a child that a signal ended', () => {
  it('before its `finally` had sent is process-exited, with the signal, its sender and the lines', () => {
    const [finding] = findingsOf([stake], [terminated]);
    expect(finding?.code).toBe('process-exited');
    expect(finding?.title).toBe('SIGTERM ended a process before the `finally` of work had made its request');
    expect(finding?.evidence[0]).toContain('which the main thread of process 4 sent at parent.py:20 (stop)');
    expect(finding?.stack).toEqual(['child.py:7 (work)', 'child.py:9 (work)']);
  });

  it('is known by who waited for it where nobody watched sent the signal', () => {
    const [finding] = findingsOf([stake], [{ e: 'child-signalled', child, name: 'SIGKILL' }]);
    expect(finding?.title).toMatch(/^SIGKILL ended a process/);
    expect(finding?.fix).toMatch(/^Nothing can handle SIGKILL/);
  });

  it('by a second signal is told of both, and the fix is for who waits between them', () => {
    const killed = { ...terminated, t: 800, name: 'SIGKILL' };
    const [finding] = findingsOf([stake], [terminated, killed]);
    expect(finding?.title).toMatch(/^SIGKILL ended a process/);
    expect(finding?.evidence[0]).toContain('ended the process 300 ms after SIGTERM, which had not ended it');
    expect(finding?.fix).toMatch(/^Whoever sent SIGTERM waits 300 ms/);
  });

  it.each<[string, readonly object[], readonly object[]]>([
    ['had nothing to send', [{ ...stake, items: [] }], [terminated]],
    [
      'has sent since it was last seen with something to send',
      [stake, request, { e: 'end', t: 320, r: 1 }],
      [terminated],
    ],
    ['was sent a signal that ends no process', [stake], [{ ...terminated, name: 'SIGCHLD' }]],
    ['ended by itself', [stake, snapshotAtEnd()], [terminated]],
    ['ended, nobody knows by what', [stake], []],
  ])('and that %s is no finding', (_, ofChild, ofParent) => {
    expect(findingsOf(ofChild, ofParent).filter(({ code }) => code === 'process-exited')).toEqual([]);
  });
});

describe('a process that calls os._exit()', () => {
  it('beside a thread that has still to send is process-exited, with the line of the call', () => {
    const cut = { ...stake, exit: ['app.py:30 (main)'] };
    const [finding] = findingsOf([cut, { ...snapshotAtEnd(), how: 'os._exit' }], []);
    expect(finding?.code).toBe('process-exited');
    expect(finding?.title).toMatch(/^os\._exit\(\) ended the process before the `finally` of work/);
    expect(finding?.stack[0]).toBe('app.py:30 (main)');
  });
});

function snapshotAtEnd(): object {
  return { e: 'snapshot', t: 400, how: 'end', loops: [], handovers: [], jobs: [], queued: 0 };
}
