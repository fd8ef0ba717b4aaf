import type { Report } from '../model/report.ts';
import { differences } from './comparison.ts';

/** How two reports show that they are not parts of one bench, beside the kind of its load. */
export function benchDifferences(first: Report, other: Report): readonly string[] {
  return [...differences(lengthOf(first), lengthOf(other)), ...planDifferences(first, other)];
}

function lengthOf({ load }: Report): Readonly<Record<string, string | number>> {
  if (load === undefined) return {};
  const { durationMs, count, warmUpMs, rounds, connections } = load;
  return {
    duration: durationMs === null ? 'none' : `${durationMs} ms`,
    count: count ?? 'none',
    'warm-up': `${warmUpMs} ms`,
    rounds,
    connections: connections ?? 'as needed',
  };
}

/** A shard has every strategy in each of its contexts. Nothing is known of one that measured nothing, or was interrupted. */
function planDifferences(first: Report, other: Report): readonly string[] {
  if ([first, other].some((report) => !isWholeShard(report))) return [];
  return differences(planOf(first), planOf(other));
}

function isWholeShard({ load, cells, partial }: Report): boolean {
  return (load?.shard ?? null) !== null && cells.length > 0 && partial !== true;
}

function planOf({ cells }: Report): Readonly<Record<string, string>> {
  const joined = (words: readonly string[]) => [...new Set(words)].sort().join(' + ');
  return {
    strategies: joined(cells.map(({ strategy }) => strategy)),
    fault: joined(cells.map(({ fault }) => fault ?? 'none')),
  };
}
