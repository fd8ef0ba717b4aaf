import type { Report } from '../model/report.ts';
import { differences } from './comparable.ts';

/** How two reports show that they are not parts of one bench, beside its load. */
export function benchDifferences(
  first: Report,
  other: Report,
  { judgedAnew }: { readonly judgedAnew: boolean },
): readonly string[] {
  return [
    ...planDifferences(first, other),
    // Judged by the thresholds of both, the whole would be held to what no part was.
    ...(judgedAnew ? [] : differences(gateOf(first), gateOf(other))),
    ...differences({ version: first.tool.version }, { version: other.tool.version }),
  ];
}

function gateOf({ thresholds }: Report): Readonly<Record<string, string>> {
  const exprs = [...new Set(thresholds.map(({ expr }) => expr))].sort();
  return { thresholds: exprs.length === 0 ? 'none' : exprs.join(' + ') };
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
