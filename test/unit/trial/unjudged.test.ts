import { expect, test } from 'vitest';
import type { Cell } from '../../../src/model/cell.ts';
import type { ObservedTrial } from '../../../src/trial/observation.ts';
import { TrialRecord } from '../../../src/trial/trial-record.ts';
import { whyUnjudged } from '../../../src/trial/unjudged.ts';
import { sampleCell } from '../report/sample-report.ts';

function trial(withoutCpuMs: number, started = true): ObservedTrial {
  const record = new TrialRecord();
  if (started) record.add({ kind: 'timers-started', count: 1, dueAtMs: 100, atMs: 0 });
  return {
    spec: {
      context: 'parked',
      strategy: 'shared-pool',
      count: 1,
      afterMs: 100,
      patienceMs: 1000,
      deadlineMs: 800,
    },
    fault: null,
    observation: {
      record,
      arrivals: [],
      answeredAtMs: new Map(),
      end: { kind: 'observed' },
      withoutCpuMs,
    },
  };
}

const lost: Partial<Cell> = { completionRate: 0, lost: 1, delivered: 0, sent: 1, expected: false };

test('a loss in a trial that got no CPU is not told', () => {
  expect(whyUnjudged(trial(600), sampleCell(lost))).toMatch(/^starved: .*600 ms and got no CPU, of 1 s/);
});

test('a loss in a trial that had its CPU is one', () => {
  expect(whyUnjudged(trial(20), sampleCell(lost))).toBeNull();
});

test('what came out as it should stands, however busy the machine', () => {
  expect(whyUnjudged(trial(600), sampleCell({ ...lost, expected: true }))).toBeNull();
  expect(whyUnjudged(trial(600), sampleCell({ completionRate: 1, expected: null }))).toBeNull();
});

test('a trial that had not come as far as its timers says nothing', () => {
  expect(whyUnjudged(trial(0, false), sampleCell(lost))).toMatch(/^starved: its process had not reached/);
});
