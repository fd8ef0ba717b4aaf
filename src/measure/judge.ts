import type { Cell, ThresholdResult } from '../model/cell.ts';
import { cellName } from './figures.ts';
import { operators, parseThreshold, type Threshold } from './threshold.ts';

/**
 * One result for each cell in a threshold's scope. A cell without a sample fails, and so does a threshold without a
 * cell: a gate must not pass because nothing was measured.
 */
export function judge(thresholds: readonly Threshold[], cells: readonly Cell[]): readonly ThresholdResult[] {
  const measured = cells.filter((cell) => cell.skipped === null);
  return thresholds.flatMap((threshold) => {
    const inScope = measured.filter((cell) => covers(threshold, cell));
    if (inScope.length === 0) return [{ expr: threshold.expr, cell: null, actual: null, passed: false }];
    return inScope.map((cell) => judgeCell(threshold, cell));
  });
}

/** Judges stored results anew, each on the cell of the same name: what was judged then is judged now. */
export function judgeAgain(
  stored: readonly Pick<ThresholdResult, 'expr' | 'cell'>[],
  cells: readonly Cell[],
): readonly ThresholdResult[] {
  const pairs = new Map(stored.map(({ expr, cell }) => [`${expr} ${cell}`, { expr, cell }]));
  return [...pairs.values()].flatMap(({ expr, cell: name }) => {
    const threshold = parseThreshold(expr);
    if (name === null) return judge([threshold], cells);
    const cell = cells.find((candidate) => cellName(candidate) === name && candidate.skipped === null);
    return cell === undefined
      ? [{ expr, cell: name, actual: null, passed: false }]
      : [judgeCell(threshold, cell)];
  });
}

function judgeCell({ expr, metric, operator, limit }: Threshold, cell: Cell): ThresholdResult {
  const actual = metric.read(cell);
  return {
    expr,
    cell: cellName(cell),
    actual,
    passed: actual !== null && operators[operator](actual, limit),
  };
}

function covers({ strategies, contexts }: Threshold, cell: Cell): boolean {
  return (
    (strategies === 'every' || strategies.includes(cell.strategy)) &&
    (contexts === 'every' || contexts.includes(cell.context))
  );
}
