import { callsOnce } from '../contexts/calls-once.ts';
import { contexts } from '../contexts/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { Fault } from '../emulator/faults.ts';
import { startEmulator } from '../emulator/start-emulator.ts';
import { caveats } from '../measure/caveats.ts';
import { compare } from '../measure/comparison.ts';
import { isOk } from '../measure/is-ok.ts';
import { judge } from '../measure/judge.ts';
import { mergeCells } from '../measure/merge-cells.ts';
import { rank } from '../measure/ranking.ts';
import { reportHead } from '../measure/report-head.ts';
import type { Threshold } from '../measure/threshold.ts';
import type { Load } from '../model/bench.ts';
import type { Cell } from '../model/cell.ts';
import type { ContextName, DeliveryPath, StrategyName } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import type { Timeline } from '../model/story.ts';
import { emulatorToken } from '../slack/token.ts';
import { abortOf } from './abort-of.ts';
import { skippedCell } from './cell.ts';
import { type Group, groupsOfShard, planGroups, shareOfRound } from './load/groups.ts';
import { toLoadCell } from './load/load-cell.ts';
import { loadStoryOf } from './load/load-story.ts';
import { startLoadTrial } from './load/load-trial.ts';
import { neededConnections } from './load/needed-connections.ts';
import { initialTimers, type TrialLoad } from './load/trial-load.ts';
import { deadlineFor, hangingFirst } from './matrix.ts';
import { missingHost } from './resolve-host.ts';
import type { TrialSpec } from './trial.ts';
import type { LiveFigures } from './trial-watch.ts';

export interface BenchOptions {
  readonly contexts: readonly ContextName[];
  readonly strategies: readonly StrategyName[];
  readonly paths: readonly DeliveryPath[];
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly faults: readonly Fault[];
  /** Duration and count are those of a cell, over all of its rounds. */
  readonly load: Load;
  readonly patienceMs: number;
  /** Null lets each pool have as many sockets as the load can need. */
  readonly connections: number | null;
  readonly thresholds: readonly Threshold[];
  readonly project: string;
  readonly interrupted: AbortSignal;
  readonly onProgress: (progress: BenchProgress) => void;
}

export interface BenchProgress {
  readonly trial: { readonly context: ContextName; readonly strategy: StrategyName; readonly round: number };
  /** Trials that have ended. */
  readonly done: number;
  readonly total: number;
  readonly live: LiveFigures;
  readonly etaMs: number | null;
}

/** Puts every strategy under load in every context, round by round, and reports what was measured. */
export async function bench(options: BenchOptions): Promise<Report> {
  const startedAt = new Date();
  const groups = groupsOfShard(
    planGroups({
      ...options,
      contexts: hangingFirst(options.contexts, (name) => contexts[name]),
      rounds: options.load.rounds,
    }),
    options.load.shard,
  );
  const emulator = await startEmulator();
  try {
    const trials = await runGroups(emulator, groups, options);
    return reportOf(options, groups, trials, startedAt);
  } finally {
    await emulator.close();
  }
}

/** The report with the comparison to a stored one; what is worse than there makes it fail. */
export function withBaseline(report: Report, baseline: Report | null): Report {
  if (baseline === null) return report;
  const compared = { ...report, comparison: compare(report, baseline) };
  return { ...compared, ok: isOk(compared) };
}

async function runGroups(
  emulator: Emulator,
  groups: readonly Group[],
  options: BenchOptions,
): Promise<MeasuredTrial[]> {
  const trials = groups
    .filter(({ context }) => missingHost(context, options.project) === null)
    .flatMap((group) => options.strategies.map((strategy) => ({ ...group, strategy })));
  const interrupted = abortOf(options.interrupted);
  const startedAtMs = performance.now();
  const waiting: Promise<MeasuredTrial | null>[] = [];
  for (const [done, trial] of trials.entries()) {
    if (options.interrupted.aborted) break;
    const tookMs = performance.now() - startedAtMs;
    const etaMs = done === 0 ? null : (tookMs / done) * (trials.length - done);
    const running = await startOne(emulator, trial, options, interrupted);
    const report = () =>
      options.onProgress({ trial, done, total: trials.length, live: running.live(), etaMs });
    report();
    const ticking = setInterval(report, progressMs);
    waiting.push(running.measured);
    await running.calm;
    clearInterval(ticking);
  }
  const measured = await Promise.all(waiting);
  return measured.filter((trial) => trial !== null);
}

const progressMs = 200;

interface MeasuredTrial {
  readonly cell: Cell;
  /** Of the first notification that did not arrive. */
  readonly story: Timeline | null;
}

interface RunningTrial {
  readonly calm: Promise<void>;
  /** Null when the trial was interrupted. */
  readonly measured: Promise<MeasuredTrial | null>;
  live(): LiveFigures;
}

async function startOne(
  emulator: Emulator,
  { round, path, context, strategy }: Group & { readonly strategy: StrategyName },
  options: BenchOptions,
  interrupted: Promise<void>,
): Promise<RunningTrial> {
  const { fault, faults } = options;
  const { replySizeBytes } = options.load;
  const session = await emulator.open({
    faults,
    host: contexts[context].resolvesHost === true ? 'name' : 'ip',
    ...(replySizeBytes === null ? {} : { replySizeBytes }),
  });
  const load = loadOfRound(options.load, path, round, context);
  const spec = specOf(options, context, strategy, session.baseUrl, load);
  const trial = await startLoadTrial(spec, load, session, interrupted);
  const measured = trial.done.then(async (observation) => {
    await session.close();
    if (observation.end.kind === 'interrupted') return null;
    return {
      cell: toLoadCell({ spec, load, fault }, observation, round),
      story: loadStoryOf(spec, load, observation),
    };
  });
  return { calm: trial.calm, measured, live: trial.live };
}

function loadOfRound(
  { arrival, warmUpMs, durationMs, count, rounds }: Load,
  path: DeliveryPath,
  round: number,
  context: ContextName,
): TrialLoad {
  return {
    path,
    arrival,
    warmUpMs,
    durationMs: durationMs === null ? null : durationMs / rounds,
    count: count === null ? null : shareOfRound(count, round, rounds),
    atOnce: path === 'expiry' && callsOnce.has(context),
  };
}

function specOf(
  { patienceMs, connections, faults, project }: BenchOptions,
  context: ContextName,
  strategy: StrategyName,
  baseUrl: string,
  load: TrialLoad,
): TrialSpec {
  const deadlineMs = deadlineFor(patienceMs);
  return {
    context,
    strategy,
    target: { kind: 'bot', baseUrl, token: emulatorToken },
    channel: '#general',
    count: 0,
    afterMs: 0,
    patienceMs,
    deadlineMs,
    connections: connections ?? neededConnections(load, faults, deadlineMs),
    queueLimit: Math.max(10_000, 2 * initialTimers(load)),
    project,
    load,
  };
}

/** One a failing trial; the first few say it all. */
const mostStories = 3;

/** One a cell: the next round's says the same. */
function storiesOf(trials: readonly MeasuredTrial[]): readonly Timeline[] {
  const byTitle = new Map(
    trials.flatMap(({ story }) => story ?? []).map((story) => [story.title, story] as const),
  );
  return [...byTitle.values()].slice(0, mostStories);
}

function reportOf(
  options: BenchOptions,
  groups: readonly Group[],
  trials: readonly MeasuredTrial[],
  startedAt: Date,
): Report {
  const { load, interrupted } = options;
  const cells = inOrder(options, [
    ...mergeCells(trials.map(({ cell }) => cell)),
    ...skippedCells(options, groups),
    // The first of a name counts.
    ...(interrupted.aborted ? unmeasuredCells(options, groups) : []),
  ]);
  const report: Report = {
    ...reportHead('bench', startedAt),
    cells,
    // Of an interrupted run, only what it measured is judged.
    thresholds: judge(thresholdsHere(options, groups), cells).filter(
      ({ actual }) => actual !== null || !interrupted.aborted,
    ),
    verdict: null,
    findings: [],
    ok: true,
    timelines: storiesOf(trials),
    load,
    warnings: caveats(cells, load, callsOnce),
    ranking: rank(cells, load.arrival),
    ...(interrupted.aborted ? { partial: true } : {}),
  };
  return { ...report, ok: isOk(report) };
}

/** A shard leaves a threshold whose cells other shards measure to the merged report. */
function thresholdsHere({ thresholds, contexts: planned, load }: BenchOptions, groups: readonly Group[]) {
  if (load.shard === null) return thresholds;
  return thresholds.filter(({ contexts: named }) => {
    if (named === 'every') return true;
    const elsewhere = planned.some((context) => named.includes(context));
    return !elsewhere || groups.some(({ context }) => named.includes(context));
  });
}

function skippedCells(options: BenchOptions, groups: readonly Group[]): Cell[] {
  const { fault, strategies, project } = options;
  return groups.flatMap(({ path, context }) => {
    const reason = missingHost(context, project);
    if (reason === null) return [];
    return strategies.map((strategy) => skippedCell({ path, context, strategy, fault }, reason));
  });
}

/** Every cell as one that the interruption came before. */
function unmeasuredCells({ fault, strategies }: BenchOptions, groups: readonly Group[]): Cell[] {
  return groups.flatMap(({ path, context }) =>
    strategies.map((strategy) =>
      skippedCell({ path, context, strategy, fault }, 'the run was interrupted before it was measured'),
    ),
  );
}

/** As the user named them, a skipped cell once. */
function inOrder({ paths, contexts: names, strategies }: BenchOptions, cells: readonly Cell[]): Cell[] {
  return paths.flatMap((path) =>
    names.flatMap((context) =>
      strategies.flatMap(
        (strategy) =>
          cells.find(
            (cell) => cell.path === path && cell.context === context && cell.strategy === strategy,
          ) ?? [],
      ),
    ),
  );
}
