import { describe, expect, it } from 'vitest';
import type { ContextNote } from '../../../src/contexts/context.ts';
import { blocks, exits, parks } from '../../../src/contexts/notes.ts';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';
import { causeOf } from '../../../src/trial/cause-of.ts';
import { classify } from '../../../src/trial/classify.ts';
import type { Observation } from '../../../src/trial/observation.ts';
import { timelineOf } from '../../../src/trial/timeline.ts';
import type { TrialSpec } from '../../../src/trial/trial.ts';
import type { TrialEvent } from '../../../src/trial/trial-event.ts';
import { TrialRecord } from '../../../src/trial/trial-record.ts';

const spec: TrialSpec = {
  context: 'worker',
  strategy: 'detached',
  target: { kind: 'bot', baseUrl: 'http://127.0.0.1:1/api/', token: 'xoxb-test-token' },
  channel: '#general',
  count: 1,
  afterMs: 100,
  patienceMs: 1000,
  deadlineMs: 800,
  connections: 1,
  queueLimit: 10,
  project: '/',
};

const started: TrialEvent = { kind: 'timers-started', count: 1, dueAtMs: 100, atMs: 0 };
const calling: TrialEvent = {
  kind: 'calling',
  id: 'timer-1:expiry',
  path: 'expiry',
  thread: 'worker-1',
  atMs: 101,
};

function observe({
  events = [],
  arrivedAtMs = [],
  end = { kind: 'observed' },
}: Partial<Seen> = {}): Observation {
  const arrivals = arrivedAtMs.map((atMs) => ({
    id: 'timer-1:expiry',
    path: 'expiry' as const,
    thread: 'worker-1',
    atMs,
    connection: 1,
  }));
  const record = new TrialRecord();
  for (const event of [started, calling, ...events]) record.add(event);
  return { record, arrivals, answeredAtMs: new Map(), end, withoutCpuMs: 0 };
}

function note(name: ContextNote['note']): TrialEvent {
  return { kind: 'note', note: name, thread: 'main', text: name, atMs: 110 };
}

interface Seen {
  readonly events: readonly TrialEvent[];
  readonly arrivedAtMs: readonly number[];
  readonly end: Observation['end'];
}

function answered(outcome: SendOutcome): TrialEvent {
  return { kind: 'outcome', id: outcome.id, path: 'expiry', thread: 'worker-1', outcome, atMs: 120 };
}

const base = { id: 'timer-1:expiry', attempts: 1, durationMs: 10 };
const reset = {
  status: 'failed',
  ...base,
  code: 'reset',
  message: 'other side closed',
  retryable: true,
  ambiguous: true,
  httpStatus: null,
  retryAfterMs: null,
} as const;

function outcomeOf(observation: Observation) {
  const [result] = classify(spec, observation, 'expiry');
  return result;
}

describe('the outcome of a notification', () => {
  it('is delivered when the server has it within the patience, from the time at which the timer was due', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [112] }))).toMatchObject({ outcome: 'delivered', latencyMs: 12 });
  });

  it('is delivered when the server has it although the sender got a failure', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [112], events: [answered(reset)] }))?.outcome).toBe('delivered');
  });

  it('is hung when only the sender says that it was delivered', () => {
    const claimed = answered({ status: 'delivered', ...base, channel: 'C1', ts: '1.2' });
    expect(outcomeOf(observe({ events: [claimed] }))?.outcome).toBe('hung');
  });

  it('is late when the server has it after the patience', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [1200] }))?.outcome).toBe('late');
  });

  it('is failed when the sender got a failure', () => {
    expect(outcomeOf(observe({ events: [answered(reset)] }))?.outcome).toBe('failed');
  });

  it('is hung when nothing came and the thread is there', () => {
    expect(outcomeOf(observe())?.outcome).toBe('hung');
  });

  it('is lost when nothing came and the thread is gone', () => {
    expect(outcomeOf(observe({ events: [{ kind: 'sender-ended', code: 0, atMs: 105 }] }))?.outcome).toBe(
      'lost',
    );
  });

  it('is lost when the process is gone', () => {
    expect(outcomeOf(observe({ end: { kind: 'exited', code: 0, signal: null } }))?.outcome).toBe('lost');
  });

  it('counts arrivals beyond the first as duplicates', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [110, 130, 140] }))).toMatchObject({
      outcome: 'delivered',
      duplicates: 2,
    });
  });
});

describe('the cause of what did not arrive', () => {
  const causeIn = (observation: Observation, changed: Partial<TrialSpec> = {}) =>
    causeOf({ ...spec, ...changed }, observation, classify(spec, observation, 'expiry'), null);

  it.each<[string, string, Observation]>([
    ['loop-parked', 'the sender has parked', observe({ events: [{ ...parks('worker-1'), atMs: 110 }] })],
    [
      'response-stalled',
      'the sender had parked before it was called',
      observe({ events: [{ ...parks('worker-1'), atMs: 90 }] }),
    ],
    ['loop-blocked', 'the sender is blocked', observe({ events: [{ ...blocks('worker-1'), atMs: 110 }] })],
    ['thread-exited', 'the worker exits', observe({ events: [{ ...exits('worker-1'), atMs: 110 }] })],
    ['process-exited', 'main exits', observe({ events: [note('process-exiting')] })],
    ['threadpool-starved', 'the libuv pool is busy', observe({ events: [note('starved')] })],
    ['reset', 'the connection was reset', observe({ events: [answered(reset)] })],
    [
      'rejected-by-slack',
      'Slack said no',
      observe({ events: [answered({ ...reset, code: 'channel_not_found' })] }),
    ],
    [
      'response-stalled',
      'no response came',
      observe({
        events: [
          answered({
            status: 'timed-out',
            ...base,
            deadlineMs: 800,
            ambiguous: true,
            waitingFor: 'response',
          }),
        ],
      }),
    ],
  ])('is %s when %s', (cause, _when, observation) => {
    expect(causeIn(observation)).toBe(cause);
  });

  it('is bridge-target-blocked when main is blocked and the notification was handed to it', () => {
    const blocked = observe({
      events: [{ ...blocks('main'), atMs: 110 }],
      arrivedAtMs: [1300],
    });
    expect(causeIn(blocked, { strategy: 'bridged' })).toBe('bridge-target-blocked');
  });

  it('is null when everything was delivered', () => {
    expect(causeIn(observe({ arrivedAtMs: [112] }))).toBeNull();
  });
});

describe('the timeline of an expiry', () => {
  const textsOf = (observation: Observation) =>
    timelineOf({ spec, fault: null, observation }, 'expiry').lines.map(({ text }) => text);

  it('has what the context says of itself, and that nothing followed', () => {
    expect(textsOf(observe({ events: [{ ...parks('worker-1'), atMs: 110 }] }))).toEqual([
      'making POST request... (worker-1)',
      'worker-1 parks in Atomics.wait: its event loop does not run',
      'nothing more within the patience of 1 s, nor in the 500 ms after it: no message, no error; the client’s own timeout of 800 ms did not fire',
    ]);
  });

  it('has the arrival and the outcome in the order of time', () => {
    const delivered = answered({ status: 'delivered', ...base, channel: 'C1', ts: '1.2' });
    expect(textsOf(observe({ arrivedAtMs: [112], events: [delivered] }))).toEqual([
      'making POST request... (worker-1)',
      'the server has the message',
      'Received response with status: 200',
    ]);
  });
});

describe('the record of a load', () => {
  it('is read by the same functions: a row is a notification', () => {
    const record = new TrialRecord({ path: 'expiry' });
    record.add({ kind: 'load-started', startAtMs: 100 });
    record.add({ kind: 'calls', rows: [[0, 100, 101]] });
    expect(record.add({ kind: 'outcomes', rows: [[0, 140, reset]] })).toEqual(['timer-1:expiry']);
    const observation: Observation = {
      record,
      arrivals: [],
      answeredAtMs: new Map(),
      end: { kind: 'observed' },
      withoutCpuMs: 0,
    };
    expect(outcomeOf(observation)).toMatchObject({ outcome: 'failed', sendOutcome: { code: 'reset' } });
    expect(timelineOf({ spec, fault: null, observation }, 'expiry').lines.map(({ text }) => text)).toEqual([
      'making POST request...',
      'error: reset: other side closed',
    ]);
  });
});
