import { describe, expect, it } from 'vitest';
import { parks } from '../../../src/contexts/notes.ts';
import type { SendOutcome } from '../../../src/delivery/outcome.ts';
import type { StrategyName } from '../../../src/model/names.ts';
import { toLoadCell } from '../../../src/trial/load/load-cell.ts';
import type { LoadEvent } from '../../../src/trial/load/load-event.ts';
import { loadPlan } from '../../../src/trial/load/load-plan.ts';
import { loadStoryOf } from '../../../src/trial/load/load-story.ts';
import type { LoadObservation } from '../../../src/trial/load/load-trial.ts';
import type { TrialLoad } from '../../../src/trial/load/trial-load.ts';
import type { TrialSpec } from '../../../src/trial/trial.ts';
import type { TrialEvent } from '../../../src/trial/trial-event.ts';
import { TrialRecord } from '../../../src/trial/trial-record.ts';

const open: TrialLoad = {
  path: 'expiry',
  arrival: { mode: 'open', ratePerS: 100 },
  warmUpMs: 0,
  durationMs: null,
  count: 4,
  atOnce: false,
};

interface Run {
  readonly load?: TrialLoad;
  readonly strategy?: StrategyName;
  readonly fault?: string;
  readonly events: readonly (TrialEvent | LoadEvent)[];
  /** By index of the timer. */
  readonly arrivedAtMs: readonly (number | null)[];
}

function measure({ load = open, strategy = 'shared-pool', fault, events, arrivedAtMs }: Run) {
  const spec: TrialSpec = {
    context: 'parked',
    strategy,
    target: { kind: 'bot', baseUrl: 'http://127.0.0.1:1/api/', token: 'xoxb-test-token' },
    channel: '#general',
    count: 0,
    afterMs: 0,
    patienceMs: 500,
    deadlineMs: 400,
    connections: 1,
    queueLimit: 10,
    project: '/',
    load,
  };
  const record = new TrialRecord({ path: 'expiry' });
  record.add({ kind: 'load-started', startAtMs: 1000 });
  for (const event of events) record.add(event);
  const arrivals = arrivedAtMs.flatMap((atMs, index) =>
    atMs === null
      ? []
      : [{ id: `timer-${index + 1}:expiry`, path: 'expiry' as const, thread: 'main', atMs, connection: 1 }],
  );
  const observation: LoadObservation = {
    record,
    arrivals,
    answeredAtMs: new Map(),
    end: { kind: 'observed' },
    withoutCpuMs: 0,
    plan: loadPlan(spec, load, record),
    stats: {
      requests: 0,
      connections: 0,
      open: 0,
      arrivals: 0,
      waiting: 0,
      refused: null,
      loop: { activeMs: 0, idleMs: 0 },
    },
    emulatorUtilization: null,
    leakedSockets: null,
  };
  return {
    cell: toLoadCell({ spec, load, fault: fault ?? null }, observation, 1),
    story: loadStoryOf(spec, load, observation)?.lines.map(({ text }) => text),
  };
}

const onTime = [1000, 1010, 1020, 1030];
const calls = (atMs: readonly number[]): LoadEvent => ({
  kind: 'calls',
  rows: atMs.map((at, index) => [index, 1000 + index * 10, at]),
});
const parking = (atMs: number): TrialEvent => ({ ...parks('worker-2'), atMs });

describe('the figures of a load', () => {
  it('has no more per second than were due', () => {
    const { cell } = measure({ events: [calls(onTime)], arrivedAtMs: onTime.map((at) => at + 1) });
    expect(cell.throughputPerS).toBe(100);
  });

  it('has fewer where the last one came late', () => {
    const { cell } = measure({ events: [calls(onTime)], arrivedAtMs: [1001, 1011, 1021, 1080] });
    expect(cell.throughputPerS).toBe(50);
  });

  it('of a closed loop counts as many as were asked for, and none that the warm-up left behind', () => {
    const closed: TrialLoad = {
      ...open,
      arrival: { mode: 'closed', concurrency: 2 },
      warmUpMs: 15,
      count: 2,
    };
    const { cell } = measure({
      load: closed,
      events: [calls(onTime)],
      arrivedAtMs: [1020, 1021, 1022, 1031],
    });
    expect(cell.sent).toBe(2);
  });

  it('of a closed loop that hangs in its warm-up counts what hangs', () => {
    const closed: TrialLoad = {
      ...open,
      arrival: { mode: 'closed', concurrency: 4 },
      warmUpMs: 500,
      count: 3,
    };
    const { cell } = measure({ load: closed, events: [calls(onTime)], arrivedAtMs: [] });
    expect([cell.sent, cell.hung]).toEqual([3, 3]);
  });
});

describe('the cause of what a load did not deliver in time', () => {
  const late = [1900, 1900, 1900, 1900];
  const timedOut = (waitingFor: 'connection' | 'answer' | 'response'): LoadEvent => ({
    kind: 'outcomes',
    rows: [0, 1, 2, 3].map((index) => [index, 1500, timeOut(waitingFor)]),
  });

  it.each<StrategyName>(['shared-pool', 'adaptive', 'bridged', 'fetch-in-worker'])(
    'is none where the thread of %s had parked only before its call',
    (strategy) => {
      const { cell } = measure({ strategy, events: [parking(990), calls(onTime)], arrivedAtMs: late });
      expect(cell).toMatchObject({ late: 4, cause: null });
    },
  );

  it.each<StrategyName>(['shared-pool', 'adaptive', 'bridged'])(
    'is none where the thread parks after its call and %s does not send on its loop',
    (strategy) => {
      const { cell } = measure({ strategy, events: [calls(onTime), parking(1040)], arrivedAtMs: late });
      expect(cell.cause).toBeNull();
    },
  );

  it('is loop-parked where the request was to be made on the loop that then parks', () => {
    const { cell } = measure({
      strategy: 'detached',
      events: [parking(990), calls(onTime), parking(1040)],
      arrivedAtMs: [],
    });
    expect(cell).toMatchObject({ hung: 4, cause: 'loop-parked' });
  });

  it.each(['connection', 'answer', 'response'] as const)(
    'is none where the deadline passed before the %s, of a server that answers everything',
    (waitingFor) => {
      const strategy = waitingFor === 'answer' ? 'bridged' : 'shared-pool';
      const { cell } = measure({ strategy, events: [calls(onTime), timedOut(waitingFor)], arrivedAtMs: [] });
      expect(cell).toMatchObject({ failed: 4, cause: null });
    },
  );

  it('is response-stalled where the server was to answer nothing', () => {
    const { cell } = measure({
      fault: 'hang',
      events: [calls(onTime), timedOut('response')],
      arrivedAtMs: [],
    });
    expect(cell.cause).toBe('response-stalled');
  });
});

describe('the story of a load', () => {
  it('says nothing of a client’s timeout where no call was seen', () => {
    const { story } = measure({ events: [], arrivedAtMs: [] });
    expect(story).toEqual([
      'no call for it was logged within the patience of 500 ms, nor in the 500 ms after it',
    ]);
  });

  it('tells of no parking from which the thread had come back', () => {
    const { story } = measure({
      strategy: 'detached',
      events: [parking(990), calls(onTime), parking(1040), parking(1060)],
      arrivedAtMs: [],
    });
    expect(story?.slice(0, 2)).toEqual([
      'making POST request...',
      'worker-2 parks in Atomics.wait: its event loop does not run',
    ]);
    expect(story?.filter((text) => text.includes('parks'))).toHaveLength(1);
  });
});

function timeOut(
  waitingFor: 'connection' | 'answer' | 'response',
): Extract<SendOutcome, { status: 'timed-out' }> {
  return {
    status: 'timed-out',
    id: 'timer-1:expiry',
    attempts: 1,
    durationMs: 400,
    deadlineMs: 400,
    ambiguous: false,
    waitingFor,
  };
}
