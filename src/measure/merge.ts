import { UsageError } from '../errors.ts';
import type { Load, Warning } from '../model/bench.ts';
import type { Cell } from '../model/cell.ts';
import type { ReportedContextName } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import { benchDifferences } from './bench-differences.ts';
import { caveats } from './caveats.ts';
import { differences, environmentDifferences, loadDifferences, trialDifferences } from './comparable.ts';
import { isOk } from './is-ok.ts';
import { judgeAgain } from './judge.ts';
import { mergeCells } from './merge-cells.ts';
import { rank } from './ranking.ts';

interface Judging {
  /** Whether other thresholds than the stored ones will judge the whole. */
  readonly judgedAnew: boolean;
  /** Of the files that hold the reports, in their order; without them they are told by their number. */
  readonly files?: readonly string[];
}

/**
 * One report of several, shards of one bench above all. Percentiles come from the merged histograms.
 * @param callsOnce contexts in which the sender's loop stops at its first call
 * @throws UsageError for reports that do not belong together.
 */
export function mergeReports(
  reports: readonly [Report, ...Report[]],
  callsOnce: ReadonlySet<ReportedContextName>,
  judging: Judging = { judgedAnew: false },
): Report {
  const [first, ...others] = reports;
  if (others.length === 0) return first;
  refuseStories(reports);
  const nameOf = (index: number) => judging.files?.[index] ?? `report ${index + 1}`;
  for (const [index, other] of others.entries())
    assertComparable(first, other, judging, [nameOf(0), nameOf(index + 1)]);
  assertNoneTwice(reports, nameOf);
  const cells = mergeCells(roundsApart(reports));
  const startedAt = reports.map((report) => report.startedAt).sort()[0] ?? first.startedAt;
  // A comparison was made with the figures of one part; it says nothing about the whole.
  const { comparison: _, ...rest } = first;
  const merged = {
    ...rest,
    startedAt,
    durationMs: durationOf(reports),
    cells,
    thresholds: judgeAgain(
      reports.flatMap((report) => report.thresholds),
      cells,
    ),
    verdict:
      reports.find(({ verdict }) => verdict !== null && verdict !== 'healthy')?.verdict ?? first.verdict,
    findings: reports.flatMap((report) => report.findings),
    ok: reports.every(({ ok }) => ok),
    ...(reports.some(({ partial }) => partial === true) ? { partial: true as const } : {}),
    ...trialParts(reports),
    ...timelineParts(reports),
    ...(first.load === undefined ? {} : benchParts(first.load, reports, cells, callsOnce)),
  };
  return { ...merged, ok: isOk(merged) };
}

/** Shards run side by side, and whole runs one after the other. */
function durationOf(reports: readonly [Report, ...Report[]]): number {
  const durations = reports.map(({ durationMs }) => durationMs);
  return (reports[0].load?.shard ?? null) === null
    ? durations.reduce((sum, durationMs) => sum + durationMs, 0)
    : Math.max(...durations);
}

/** Rounds of another run are others, although they have the same numbers. */
function roundsApart(reports: readonly Report[]): readonly Cell[] {
  let before = 0;
  return reports.flatMap(({ load, cells }) => {
    const from = before;
    if (load !== undefined && load.shard === null) before += load.rounds * (load.runs ?? 1);
    return from === 0 ? cells : cells.map((cell) => withRoundsFrom(cell, from));
  });
}

function withRoundsFrom(cell: Cell, from: number): Cell {
  if (cell.rounds === undefined) return cell;
  return { ...cell, rounds: cell.rounds.map((round) => ({ ...round, number: round.number + from })) };
}

/** All that was asked for, where each of them says it. */
function trialParts([first, ...others]: readonly [Report, ...Report[]]): Pick<Report, 'trials'> {
  const { trials } = first;
  if (trials === undefined) return {};
  const all = [trials, ...others.flatMap((other) => other.trials ?? [])];
  return {
    trials: {
      ...trials,
      contexts: [...new Set(all.flatMap(({ contexts }) => contexts))],
      strategies: [...new Set(all.flatMap(({ strategies }) => strategies))],
      paths: [...new Set(all.flatMap(({ paths }) => paths))],
    },
  };
}

function timelineParts(reports: readonly Report[]): Pick<Report, 'timelines'> {
  const timelines = reports.flatMap((report) => report.timelines ?? []);
  return timelines.length === 0 ? {} : { timelines };
}

/** One load for all of them, and how many runs of it where they are no shards. */
function wholeLoad(load: Load, reports: readonly Report[]): Load {
  const isSharded = load.shard !== null;
  const known: Load = Object.assign({}, load, ...reports.map((report) => report.load ?? {}), { shard: null });
  if (isSharded) return known;
  return { ...known, runs: reports.reduce((sum, report) => sum + (report.load?.runs ?? 1), 0) };
}

/** What a report of doctor or send tells is of one program or message, and half of it would be lost. */
function refuseStories(reports: readonly Report[]): void {
  const told = reports.find(({ kind }) => kind === 'doctor' || kind === 'send');
  if (told === undefined || reports.some(({ kind }) => kind !== told.kind)) return;
  throw new UsageError(
    'cannot merge these reports',
    `each report of ${told.kind} is about one ${told.kind === 'send' ? 'message' : 'program or project'}`,
    'give one at a time',
  );
}

function benchParts(
  load: Load,
  reports: readonly Report[],
  cells: Report['cells'],
  callsOnce: ReadonlySet<ReportedContextName>,
): Pick<Report, 'load' | 'ranking' | 'warnings'> {
  return {
    load: wholeLoad(load, reports),
    ranking: rank(cells, load.arrival),
    warnings: [...caveats(cells, load, callsOnce), ...missingShards(reports), ...mixedMachines(reports)],
  };
}

function assertComparable(
  first: Report,
  other: Report,
  judging: Judging,
  [here, there]: readonly [string, string],
): void {
  if (first.kind !== other.kind) {
    throw new UsageError(
      'cannot merge these reports',
      `${here} is of ${first.kind} and ${there} of ${other.kind}`,
      'merge reports of one command',
    );
  }
  const apart = [
    ...loadDifferences(first.load, other.load),
    ...trialDifferences(first.trials, other.trials),
    ...splitDifferences(first.load, other.load),
    ...benchDifferences(first, other, judging),
    ...machineDifferences(first, other),
  ];
  if (apart.length === 0) return;
  throw new UsageError(
    'cannot merge these reports',
    `${here} (here) and ${there} (there) are not of one ${first.kind}: ${apart.join(', ')}`,
    first.kind === 'repro' ? 'merge runs of repro with the same options' : 'merge shards of one bench',
  );
}

/** Strategies of one context share a shard, so shards may be of several machines; whole runs would be mixed in each figure. */
function machineDifferences(first: Report, other: Report): readonly string[] {
  return first.load === undefined || first.load.shard === null
    ? environmentDifferences(first.environment, other.environment)
    : [];
}

/** A whole run has what each of its shards has. */
function splitDifferences(first: Load | undefined, other: Load | undefined): readonly string[] {
  const [one, another] = [first, other].map((load) => load?.shard?.total ?? null);
  if (one === another) return [];
  const said = (total: number | null | undefined) =>
    typeof total === 'number' ? `a shard of ${total}` : 'a whole run';
  return [`one is ${said(one)} and another ${said(another)}`];
}

function assertNoneTwice(reports: readonly Report[], nameOf: (index: number) => string): void {
  const seen = new Map<string, string>();
  for (const [index, { load, startedAt }] of reports.entries()) {
    const shard = load?.shard ?? null;
    const key = shard === null ? `started ${startedAt}` : `shard ${shard.index}/${shard.total}`;
    const known = seen.get(key);
    if (known !== undefined) {
      throw new UsageError(
        'cannot merge these reports',
        `${key} is given twice, in ${known} and ${nameOf(index)}`,
        'give each report once',
      );
    }
    seen.set(key, nameOf(index));
  }
}

function missingShards(reports: readonly Report[]): readonly Warning[] {
  const shards = reports.flatMap(({ load }) => load?.shard ?? []);
  const total = shards[0]?.total ?? 0;
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(
    (index) => !shards.some((shard) => shard.index === index),
  );
  if (missing.length === 0 || shards.length <= 1) return [];
  return [
    {
      code: 'shards-missing',
      cell: null,
      text: `${total - missing.length} of ${total} shards are here, without shard ${missing.join(', ')}; thresholds judge what is here, and the whole is not as expected`,
    },
  ];
}

function commitOf({ source }: Report): Readonly<Record<string, string>> {
  return { 'git commit': source?.commit ?? 'unknown' };
}

function mixedMachines([first, ...others]: readonly Report[]): readonly Warning[] {
  if (first === undefined) return [];
  const apart = others.flatMap((other) => {
    const said = [
      ...environmentDifferences(first.environment, other.environment),
      ...differences(commitOf(first), commitOf(other)),
    ];
    return said.length === 0 ? [] : [`${partName(other)}: ${said.join(', ')}`];
  });
  if (apart.length === 0) return [];
  const what =
    first.load?.shard === null
      ? 'the runs were made with different code'
      : 'the shards ran on different machines or code';
  const meaning =
    first.load?.shard === null
      ? 'the figures are of all of them together'
      : 'strategies of one context and round share one';
  return [
    {
      code: 'mixed-machines',
      cell: null,
      text: `${what} (beside ${partName(first)}, ${apart.join('; ')}); ${meaning}`,
    },
  ];
}

function partName({ load, startedAt }: Report): string {
  const shard = load?.shard ?? null;
  return shard === null ? `the run of ${startedAt}` : `shard ${shard.index}/${shard.total}`;
}
