import type { Warning } from '../model/bench.ts';

const shownSeparately = 3;

/** Of many cells with the same trouble, the first tells it for all. */
export function foldWarnings(warnings: readonly Warning[]): readonly Warning[] {
  return warnings.flatMap((warning, index) => {
    const alike = warnings.filter(({ code, cell }) => code === warning.code && cell !== null);
    if (warning.cell === null || alike.length <= shownSeparately) return [warning];
    if (warnings.findIndex(({ code }) => code === warning.code) !== index) return [];
    const [next, second, ...others] = alike.slice(1).map(({ cell }) => cell);
    const text = `${warning.text}; likewise in ${next}, ${second} and ${others.length === 1 ? others[0] : `${others.length} more cells`}`;
    return [{ ...warning, text }];
  });
}
