import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';
import { causeOf } from '../../../src/trial/cause-of.ts';
import { classify } from '../../../src/trial/classify.ts';
import type { Observation, TrialEvent, TrialSpec } from '../../../src/trial/trial.ts';

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
  return { arrivals, events: [started, calling, ...events], end };
}

interface Seen {
  readonly events: readonly TrialEvent[];
  readonly arrivedAtMs: readonly number[];
  readonly end: Observation['end'];
}

function told(outcome: SendOutcome): TrialEvent {
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

  it('is delivered when the server has it although the sender was told of a failure', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [112], events: [told(reset)] }))?.outcome).toBe('delivered');
  });

  it('is hung when only the sender says that it was delivered', () => {
    const claimed = told({ status: 'delivered', ...base, channel: 'C1', ts: '1.2' });
    expect(outcomeOf(observe({ events: [claimed] }))?.outcome).toBe('hung');
  });

  it('is late when the server has it after the patience', () => {
    expect(outcomeOf(observe({ arrivedAtMs: [1200] }))?.outcome).toBe('late');
  });

  it('is failed when the sender was told so', () => {
    expect(outcomeOf(observe({ events: [told(reset)] }))?.outcome).toBe('failed');
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
    causeOf({ ...spec, ...changed }, observation, classify(spec, observation, 'expiry'));

  it.each<[string, string, Observation]>([
    [
      'loop-parked',
      'the sender has parked',
      observe({ events: [{ kind: 'parked', thread: 'worker-1', atMs: 110 }] }),
    ],
    [
      'loop-blocked',
      'the sender is blocked',
      observe({ events: [{ kind: 'blocked', thread: 'worker-1', atMs: 110 }] }),
    ],
    [
      'thread-exited',
      'the worker exits',
      observe({ events: [{ kind: 'exiting', thread: 'worker-1', atMs: 110 }] }),
    ],
    ['process-exited', 'main exits', observe({ events: [{ kind: 'process-exiting', atMs: 110 }] })],
    [
      'threadpool-starved',
      'the libuv pool is busy',
      observe({ events: [{ kind: 'starved', threads: 4, atMs: 90 }] }),
    ],
    ['reset', 'the connection was reset', observe({ events: [told(reset)] })],
    [
      'rejected-by-slack',
      'Slack said no',
      observe({ events: [told({ ...reset, code: 'channel_not_found' })] }),
    ],
    [
      'response-stalled',
      'no response came',
      observe({
        events: [
          told({ status: 'timed-out', ...base, deadlineMs: 800, ambiguous: true, waitingFor: 'response' }),
        ],
      }),
    ],
  ])('is %s when %s', (cause, _when, observation) => {
    expect(causeIn(observation)).toBe(cause);
  });

  it('is bridge-target-blocked when main is blocked and the notification was handed to it', () => {
    const blocked = observe({
      events: [{ kind: 'blocked', thread: 'main', atMs: 110 }],
      arrivedAtMs: [1300],
    });
    expect(causeIn(blocked, { strategy: 'bridged' })).toBe('bridge-target-blocked');
  });

  it('is null when everything was delivered', () => {
    expect(causeIn(observe({ arrivedAtMs: [112] }))).toBeNull();
  });
});
