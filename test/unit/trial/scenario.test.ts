import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/model/cell.ts';
import { contextNames, strategyNames } from '../../../src/model/names.ts';
import { skippedCell } from '../../../src/trial/cell.ts';
import { expectedOutcomes, loadScenarios, withExpectation } from '../../../src/trial/scenario.ts';

const scenarios = loadScenarios();

function cell(changed: Partial<Cell>): Cell {
  const plain = skippedCell({ path: 'expiry', context: 'worker', strategy: 'shared-pool', fault: null }, '');
  return { ...plain, skipped: null, sent: 1, delivered: 1, ...changed };
}

describe('the scenarios that ship with the package', () => {
  it('speak of every context × strategy of a run without faults', () => {
    const unspoken = contextNames.flatMap((context) =>
      strategyNames.filter(
        (strategy) => expectedOutcomes(cell({ context, strategy }), scenarios).length === 0,
      ),
    );
    expect(unspoken).toEqual([]);
  });

  it('expect shared-pool and adaptive to deliver in every context', () => {
    const outcomes = contextNames.flatMap((context) =>
      (['shared-pool', 'adaptive'] as const).map((strategy) =>
        expectedOutcomes(cell({ context, strategy }), scenarios),
      ),
    );
    expect(new Set(outcomes.map((outcome) => outcome.join()))).toEqual(new Set(['delivered']));
  });

  it('call a cell unexpected when one of its notifications came out otherwise', () => {
    expect(withExpectation(cell({ sent: 2, delivered: 1, hung: 1 }), scenarios).expected).toBe(false);
  });

  it('call a duplicate unexpected', () => {
    expect(withExpectation(cell({ duplicates: 1 }), scenarios).expected).toBe(false);
  });

  it.each(['status-500', 'status-500:100%', 'hang', 'rate-limit:1s'])(
    'speak of %s, however it is written',
    (fault) => {
      expect(withExpectation(cell({ fault, delivered: 0, failed: 1 }), scenarios).expected).toBe(true);
      expect(withExpectation(cell({ fault }), scenarios).expected).toBe(false);
    },
  );

  it('say nothing of a fault that no scenario knows', () => {
    expect(withExpectation(cell({ fault: 'latency:5ms' }), scenarios).expected).toBeNull();
  });
});
