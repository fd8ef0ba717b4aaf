import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/model/cell.ts';
import { explainPythonRepro } from '../../../src/report/terminal/python-repro.ts';

function cell(part: Pick<Cell, 'context' | 'strategy'> & Partial<Cell>): Cell {
  return {
    path: 'expiry',
    fault: null,
    sent: 1,
    delivered: 0,
    late: 0,
    failed: 0,
    hung: 1,
    lost: 0,
    duplicates: 0,
    completionRate: 0,
    latencyMs: null,
    throughputPerS: null,
    connections: 1,
    errors: [],
    cause: null,
    expected: null,
    skipped: null,
    ...part,
  };
}

describe('what repro --runtime python explains', () => {
  it('is a line for each context and strategy that the table shows', () => {
    const { legend } = explainPythonRepro([cell({ context: 'parked', strategy: 'detached' })]);
    expect(legend.map(([name]) => name)).toEqual(['parked', 'detached']);
  });

  it('is why each failing cell failed, by its cause', () => {
    const { why } = explainPythonRepro([
      cell({ context: 'main', strategy: 'bridged-blocking', cause: 'bridge-deadlock' }),
      cell({ context: 'starved', strategy: 'detached', cause: 'threadpool-starved' }),
      cell({ context: 'two-loops', strategy: 'detached', cause: 'never-requested' }),
      cell({ context: 'parked', strategy: 'shared-pool', delivered: 1, hung: 0 }),
    ]);
    expect(why.map((line) => line.split(':', 1)[0])).toEqual([
      'bridge-deadlock',
      'never-requested',
      'threadpool-starved',
    ]);
    expect(why[0]).toContain('(bridged-blocking in main)');
  });
});
