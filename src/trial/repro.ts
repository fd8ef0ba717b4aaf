import type { Emulator } from '../emulator/emulator.ts';
import type { Fault } from '../emulator/faults.ts';
import { startEmulator } from '../emulator/start-emulator.ts';
import { reportHead } from '../measure/report-head.ts';
import type { Cell } from '../model/cell.ts';
import type { ContextName, DeliveryPath, StrategyName } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import type { Timeline } from '../model/story.ts';
import { skippedCell, toCell } from './cell.ts';
import { runMatrix, type Trial, type TrialResult } from './matrix.ts';
import { missingHost } from './resolve-host.ts';
import { judge, loadScenarios, type Scenario } from './scenario.ts';
import { timelineOf } from './timeline.ts';
import { ranToItsEnd } from './trial.ts';

export interface ReproOptions {
  readonly contexts: readonly ContextName[];
  readonly strategies: readonly StrategyName[];
  readonly paths: readonly DeliveryPath[];
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly faults: readonly Fault[];
  readonly count: number;
  readonly afterMs: number;
  readonly patienceMs: number;
  readonly replySizeBytes: number | null;
  readonly project: string;
  readonly interrupted: AbortSignal;
  readonly onProgress: (done: number, total: number, last: TrialResult) => void;
}

/** Runs confirmation and expiry in every context × strategy and reports what became of each notification. */
export async function repro(options: ReproOptions): Promise<Report> {
  const startedAt = new Date();
  const scenarios = loadScenarios();
  const emulator = await startEmulator();
  try {
    const results = await runAgainAlone(emulator, options, scenarios, await runTrials(emulator, options));
    return reportOf(options, results, scenarios, startedAt);
  } finally {
    await emulator.close();
  }
}

/** Most trials that are run again: where more came out unexpected, the machine's load is not the reason. */
const runAgainLimit = 8;

/**
 * A trial that came out otherwise than expected while others shared the cores is run once more with the machine to
 * itself; that result counts, and its cells say so.
 */
async function runAgainAlone(
  emulator: Emulator,
  options: ReproOptions,
  scenarios: readonly Scenario[],
  results: readonly TrialResult[],
): Promise<TrialResult[]> {
  const isDoubtful = (result: TrialResult) =>
    options.paths.some((path) => judge(toCell(result, path), scenarios).expected === false);
  const doubtful = results.filter(isDoubtful);
  if (results.length === 1 || doubtful.length > runAgainLimit) return [...results];
  const settled = [...results];
  for (const { spec } of doubtful) {
    const { context, strategy } = spec;
    const trials = trialsOf({ ...options, contexts: [context], strategies: [strategy] });
    const [again] = await runMatrix(emulator, { ...options, trials, onResult: () => {} });
    const index = settled.findIndex((result) => result.spec === spec);
    if (again !== undefined) settled[index] = { ...again, ranAgain: true };
  }
  return settled;
}

function runTrials(emulator: Emulator, options: ReproOptions): Promise<TrialResult[]> {
  const trials = trialsOf(options);
  let done = 0;
  return runMatrix(emulator, {
    ...options,
    trials,
    onResult: (result) => {
      done += 1;
      options.onProgress(done, trials.length, result);
    },
  });
}

function trialsOf({ contexts: names, strategies, fault, faults, project }: ReproOptions): Trial[] {
  return names
    .filter((context) => missingHost(context, project) === null)
    .flatMap((context) => strategies.map((strategy) => ({ context, strategy, fault, faults })));
}

function reportOf(
  options: ReproOptions,
  all: readonly TrialResult[],
  scenarios: readonly Scenario[],
  startedAt: Date,
): Report {
  const results = all.filter(ranToItsEnd);
  const cells = cellsOf(options, results, scenarios);
  const timelines = timelinesOf(options, results);
  return {
    ...reportHead('repro', startedAt),
    cells,
    thresholds: [],
    verdict: null,
    findings: [],
    ok: cells.every(({ expected }) => expected !== false) && !options.interrupted.aborted,
    ...(options.interrupted.aborted ? { partial: true } : {}),
    timelines,
  };
}

/** In the order in which the user would read them: path, context, strategy. */
function cellsOf(
  options: ReproOptions,
  results: readonly TrialResult[],
  scenarios: readonly Scenario[],
): Cell[] {
  const { paths, contexts: names, strategies, fault, project } = options;
  return paths.flatMap((path) =>
    names.flatMap((context) =>
      strategies.flatMap((strategy) => {
        const reason = missingHost(context, project);
        if (reason !== null) return [skippedCell({ path, context, strategy, fault }, reason)];
        const result = results.find(({ spec }) => spec.context === context && spec.strategy === strategy);
        if (result === undefined) return [];
        const cell = judge(toCell(result, path), scenarios);
        return [result.ranAgain === true ? { ...cell, ranAgain: true } : cell];
      }),
    ),
  );
}

/** The confirmation that works and the expiry that fails, in the context nearest to the original report. */
function timelinesOf({ paths, strategies }: ReproOptions, results: readonly TrialResult[]): Timeline[] {
  const strategy = strategies[0];
  const failing =
    results.find(({ spec }) => spec.context === 'parked' && spec.strategy === strategy) ?? results[0];
  const fixed = results.find(
    ({ spec }) => spec.context === failing?.spec.context && spec.strategy === 'shared-pool',
  );
  if (failing === undefined) return [];
  return [
    ...(paths.includes('confirmation') ? [timelineOf(failing, 'confirmation')] : []),
    ...(paths.includes('expiry') ? [timelineOf(failing, 'expiry')] : []),
    ...(paths.includes('expiry') && fixed !== undefined && fixed !== failing
      ? [timelineOf(fixed, 'expiry')]
      : []),
  ];
}
