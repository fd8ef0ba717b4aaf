import { describe, expect, it } from 'vitest';
import type { ProbeEvent } from '../../../src/diagnosis/node/protocol.ts';
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

const child = '200.0';

function post(t: number, n: number, to: Extract<ProbeEvent, { e: 'post' }>['to']): ProbeEvent {
  return { e: 'post', t, to, stack: n, own: true, lost: null, n };
}

const places = (thread: string, file: string): Recording => [
  [thread, { e: 'stack', id: 1, frames: [`${file}:7:5`] }],
  [thread, { e: 'stack', id: 2, frames: [`${file}:9:5`] }],
];

describe('the verdict on a second message to a worker that sent the first', () => {
  const from = { kind: 'parent' } as const;
  const recording = (...events: Recording): Recording => [
    ...mainAndWorker,
    ...beats(main, 0, 5000),
    ...beats(worker, 20, 5000),
    ...places(main, '/app/main.mjs'),
    [worker, { e: 'reads', t: 30, from, reading: true }],
    [main, post(200, 1, { kind: 'worker', tid: 1 })],
    [worker, { e: 'taken', t: 210, from, n: 1 }],
    requestStarts(worker, { t: 300 }),
    ...answered(worker, 350),
    [main, post(600, 2, { kind: 'worker', tid: 1 })],
    [worker, { e: 'taken', t: 610, from, n: 2 }],
    ...events,
  ];

  it('is never-requested where it could not be read and nobody heard that, and names its place', () => {
    const { verdict, findings } = diagnosisOf(recording([worker, { e: 'unreadable', t: 610, from, n: 2 }]), {
      at: 5000,
    });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/main.mjs:9:5']);
  });

  it('is healthy where it was read', () => {
    expect(diagnosisOf(recording(), { at: 5000 }).verdict).toBe('healthy');
  });
});

describe('the verdict on a message of a child process that nobody listens to', () => {
  const from = { kind: 'process', pid: 200 } as const;
  const recording = (...events: Recording): Recording => [
    threadStarts(main),
    ...beats(main, 0, 5000),
    threadStarts(child, 50),
    ...beats(child, 50, 5000),
    requestStarts(main, { t: 100 }),
    ...answered(main, 150),
    ...places(child, '/app/child.mjs'),
    [child, post(600, 1, { kind: 'process', pid: 100 })],
    ...events,
  ];
  const misplaced = ['/app/main.mjs:3:9'];
  const unheard: Recording[number] = [main, { e: 'unheard', t: 400, from, misplaced }];

  it('is never-requested where a listener of the parent’s waits for messages of its own parent', () => {
    const dropped: Recording[number] = [main, { e: 'dropped', t: 610, from, n: 1, misplaced }];
    for (const events of [[dropped], [unheard], [unheard, dropped]]) {
      const { verdict, findings } = diagnosisOf(recording(...events), { at: 5000 });
      expect(verdict).toBe('never-requested');
      expect(findings[0]?.stack).toEqual(['/app/main.mjs:3:9', '/app/child.mjs:7:5']);
    }
  });

  it.each([
    ['cluster.on("message")', 'receives messages of workers, in the primary'],
    ['process.on("alarm")', 'whatever a parent sends comes as “message”'],
  ])('names what was listened to in its place: %s', (hears, said) => {
    const dropped: Recording[number] = [main, { e: 'dropped', t: 610, from, n: 1, misplaced, hears }];
    const [finding] = diagnosisOf(recording(dropped), { at: 5000 }).findings;
    expect(finding?.evidence.join()).toContain(`${hears} at /app/main.mjs:3:9`);
    expect(finding?.evidence.join()).toContain(said);
  });

  it('is healthy where somebody listened to the child after all', () => {
    const taken: Recording[number] = [main, { e: 'taken', t: 900, from, n: 1 }];
    expect(diagnosisOf(recording(unheard, taken), { at: 5000 }).verdict).toBe('healthy');
  });

  it('is healthy where the parent means to hear none', () => {
    const dropped: Recording[number] = [main, { e: 'dropped', t: 610, from, n: 1 }];
    expect(diagnosisOf(recording(dropped), { at: 5000 }).verdict).toBe('healthy');
  });
});

describe('the verdict on a message to a process whose channel is closed', () => {
  const kind = 'kind=tell text';
  const to = (pid: number) => ({ kind: 'process', pid }) as const;
  const from = { kind: 'process', pid: 100 } as const;
  const told = (t: number, shape: string, n = 1, pid = 200): ProbeEvent => ({
    ...post(t, n, to(pid)),
    ...{ n: 1, shape },
  });
  const lost = (t: number, shape: string): ProbeEvent => ({
    ...post(t, 2, to(200)),
    ...{ n: 1, shape, lost: 'closed' },
  });
  const recording = (...events: Recording): Recording => [
    threadStarts(main),
    ...beats(main, 0, 5000),
    ...places(main, '/app/main.mjs'),
    threadStarts(child, 100),
    ...beats(child, 120, 1000),
    [main, told(200, kind)],
    [child, { e: 'taken', t: 210, from, n: 1 }],
    requestStarts(child, { t: 300 }),
    ...answered(child, 350),
    [child, { e: 'exit', t: 1100, code: 0, timers: [] }],
    ...events,
  ];
  const verdictOn = (...events: Recording) => diagnosisOf(recording(...events), { at: 5000 }).verdict;

  it('is never-requested where one of its kind had led to a request, and names its place', () => {
    const { verdict, findings } = diagnosisOf(recording([main, lost(1500, kind)]), { at: 5000 });
    expect(verdict).toBe('never-requested');
    expect(findings[0]?.stack).toEqual(['/app/main.mjs:9:5']);
  });

  it('is healthy where it is of another kind, as a goodbye', () =>
    expect(verdictOn([main, lost(1500, 'kind=stop')])).toBe('healthy'));

  it('is healthy where it is a text from another place', () => {
    const events = recording([main, lost(1500, 'text')]).map(([thread, event]) =>
      event.e === 'post' ? ([thread, { ...event, shape: 'text' }] as const) : ([thread, event] as const),
    );
    expect(diagnosisOf(events, { at: 5000 }).verdict).toBe('healthy');
  });

  it('is healthy where another process is told the same', () =>
    expect(verdictOn([main, lost(1500, kind)], [main, told(1501, kind, 2, 300)])).toBe('healthy'));

  it('is healthy where the sender sends it itself', () =>
    expect(
      verdictOn([main, lost(1500, kind)], requestStarts(main, { t: 1510 }), ...answered(main, 1600)),
    ).toBe('healthy'));
});
