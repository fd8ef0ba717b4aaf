import type { Emulator } from '../emulator/emulator.ts';
import { startEmulator } from '../emulator/start-emulator.ts';
import { cellName } from '../measure/figures.ts';
import { isOk } from '../measure/is-ok.ts';
import { reportHead } from '../measure/report-head.ts';
import { type Cell, isStarved } from '../model/cell.ts';
import type { DeliveryPath, ReportedContextName, ReportedStrategyName } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import type { Timeline } from '../model/story.ts';
import type { Trials } from '../model/trials.ts';
import { skippedCell, toCell } from './cell.ts';
import { deadlineFor, type MatrixOptions, runMatrix, type Trial } from './matrix.ts';
import { type ObservedTrial, ranToItsEnd } from './observation.ts';
import { loadScenarios, type Scenario, withExpectation } from './scenario.ts';
import { timelineOf } from './timeline.ts';
import type { TrialRuntime } from './trial-runtime.ts';
import { whyStarved, whyUnjudged } from './unjudged.ts';

export interface ReproOptions<Context, Strategy>
  extends Omit<MatrixOptions<Context, Strategy>, 'trials' | 'onResult'> {
  readonly contexts: readonly Context[];
  readonly strategies: readonly Strategy[];
  readonly paths: readonly DeliveryPath[];
  readonly onProgress: (done: number, total: number, last: ObservedTrial) => void;
}

/** Runs confirmation and expiry in every context × strategy and reports what became of each notification. */
export async function repro<Context extends ReportedContextName, Strategy extends ReportedStrategyName>(
  runtime: TrialRuntime<Context, Strategy>,
  options: ReproOptions<Context, Strategy>,
): Promise<Report> {
  const startedAt = new Date();
  const starting = startEmulator();
  // Its process starts while scenarios are read and hosts are looked for.
  const prepared = new Repro(runtime, options);
  const emulator = await starting;
  try {
    return await prepared.run(emulator, startedAt);
  } finally {
    await emulator.close();
  }
}

/** Most trials that are run again: where more came out unexpected, the machine's load is not the reason. */
const runAgainLimit = 8;

/** Of those that it did keep from running, so many are; the others stay unjudged. */
const starvedAgainLimit = 16;

/** One run of `repro`. */
class Repro<Context extends ReportedContextName, Strategy extends ReportedStrategyName> {
  readonly #runtime: TrialRuntime<Context, Strategy>;
  readonly #options: ReproOptions<Context, Strategy>;
  readonly #trials: readonly Trial<Context, Strategy>[];
  readonly #scenarios: readonly Scenario[];

  constructor(runtime: TrialRuntime<Context, Strategy>, options: ReproOptions<Context, Strategy>) {
    this.#runtime = runtime;
    this.#options = options;
    this.#trials = trialsOf(runtime, options);
    this.#scenarios = loadScenarios(runtime.name);
  }

  async run(emulator: Emulator, startedAt: Date): Promise<Report> {
    const { onProgress, interrupted } = this.#options;
    const trials = this.#trials;
    let done = 0;
    const first = await runMatrix(emulator, this.#runtime, {
      ...this.#options,
      trials,
      onResult: (result) => {
        done += 1;
        onProgress(done, trials.length, result);
      },
    });
    const results = (await this.#runAgainAlone(emulator, first)).filter(ranToItsEnd);
    const cells = this.#cellsOf(results);
    const head = reportHead('repro', startedAt);
    const report: Report = {
      ...head,
      environment: { ...head.environment, ...this.#runtime.environment },
      cells,
      trials: this.#asked(),
      thresholds: [],
      verdict: null,
      findings: [],
      ok: true,
      ...(interrupted.aborted ? { partial: true } : {}),
      ...unjudgedWarning(cells),
      timelines: this.#timelinesOf(results.filter((result) => this.#isTold(result))),
    };
    return { ...report, ok: isOk(report) };
  }

  #asked(): Trials {
    const { contexts, strategies, paths, count, afterMs, patienceMs, replySizeBytes } = this.#options;
    return {
      runtime: this.#runtime.name,
      contexts,
      strategies,
      paths,
      count,
      afterMs,
      patienceMs,
      deadlineMs: deadlineFor(patienceMs),
      replySizeBytes,
    };
  }

  /**
   * A trial that came out otherwise than expected while others shared the cores is run once more with the machine to
   * itself; that result counts, and its cells say so.
   */
  async #runAgainAlone(
    emulator: Emulator,
    results: readonly ObservedTrial[],
  ): Promise<readonly ObservedTrial[]> {
    const isDoubtful = (result: ObservedTrial) =>
      this.#options.paths.some((path) => this.#judged(result, path).expected === false);
    const doubtful = results.filter(isDoubtful);
    if (results.length === 1) return results;
    const starved = doubtful.filter((result) => whyStarved(result) !== null);
    const unexplained = doubtful.filter((result) => !starved.includes(result));
    const again = [
      ...(unexplained.length > runAgainLimit ? [] : unexplained),
      ...starved.slice(0, starvedAgainLimit),
    ];
    const settled = [...results];
    for (const { spec } of again) {
      const trials = this.#trials.filter(
        ({ context, strategy }) => context === spec.context && strategy === spec.strategy,
      );
      const [again] = await runMatrix(emulator, this.#runtime, {
        ...this.#options,
        trials,
        onResult: () => {},
      });
      const index = settled.findIndex((result) => result.spec === spec);
      if (again !== undefined) settled[index] = { ...again, ranAgain: true };
    }
    return settled;
  }

  /** In the order in which the user would read them: path, context, strategy. */
  #cellsOf(results: readonly ObservedTrial[]): Cell[] {
    const { paths, contexts, strategies, fault } = this.#options;
    return paths.flatMap((path) =>
      contexts.flatMap((context) =>
        strategies.flatMap((strategy) => {
          const reason = this.#runtime.missing(context);
          if (reason !== null) return [skippedCell({ path, context, strategy, fault }, reason)];
          const result = find(results, context, strategy);
          return result === undefined ? [] : [this.#cellOf(result, path)];
        }),
      ),
    );
  }

  #cellOf(result: ObservedTrial, path: DeliveryPath): Cell {
    const cell = this.#judged(result, path);
    const unjudged = whyUnjudged(result, cell);
    if (unjudged !== null) return skippedCell(cell, unjudged);
    return result.ranAgain === true ? { ...cell, ranAgain: true } : cell;
  }

  #isTold(result: ObservedTrial): boolean {
    return this.#options.paths.every((path) => whyUnjudged(result, this.#judged(result, path)) === null);
  }

  #judged(result: ObservedTrial, path: DeliveryPath): Cell {
    return withExpectation(toCell(result, path, this.#runtime.nameCause), this.#scenarios);
  }

  /** The confirmation that works and the expiry that fails, in the context nearest to the original report. */
  #timelinesOf(results: readonly ObservedTrial[]): Timeline[] {
    const { contexts, strategies, paths } = this.#options;
    const [strategy] = strategies;
    const inOrder = contexts.flatMap((context) =>
      strategies.flatMap((name) => find(results, context, name) ?? []),
    );
    const failing =
      inOrder.find(({ spec }) => spec.context === 'parked' && spec.strategy === strategy) ?? inOrder[0];
    if (failing === undefined) return [];
    const fixed = find(results, failing.spec.context, 'shared-pool');
    return [
      ...(paths.includes('confirmation') ? [timelineOf(failing, 'confirmation')] : []),
      ...(paths.includes('expiry') ? [timelineOf(failing, 'expiry')] : []),
      ...(paths.includes('expiry') && fixed !== undefined && fixed !== failing
        ? [timelineOf(fixed, 'expiry')]
        : []),
    ];
  }
}

/** What could not be judged is neither a loss nor all well. */
function unjudgedWarning(cells: readonly Cell[]): Pick<Report, 'warnings'> {
  const unjudged = cells.filter(isStarved).map(cellName);
  if (unjudged.length === 0) return {};
  const some = `${unjudged.slice(0, 5).join(', ')}${unjudged.length > 5 ? ` and ${unjudged.length - 5} more` : ''}`;
  const text = `not judged, because the machine was too busy: ${some}; their threads were ready to run and got no CPU: run it again on a quieter machine, with fewer --context or a lower --count, or wait longer (--patience)`;
  return { warnings: [{ code: 'starved', cell: null, text }] };
}

function trialsOf<Context extends ReportedContextName, Strategy extends ReportedStrategyName>(
  runtime: TrialRuntime<Context, Strategy>,
  { contexts, strategies }: ReproOptions<Context, Strategy>,
): Trial<Context, Strategy>[] {
  return contexts
    .filter((context) => runtime.missing(context) === null)
    .flatMap((context) => strategies.map((strategy) => ({ context, strategy })));
}

function find(
  results: readonly ObservedTrial[],
  context: ReportedContextName,
  strategy: ReportedStrategyName,
): ObservedTrial | undefined {
  return results.find(({ spec }) => spec.context === context && spec.strategy === strategy);
}
