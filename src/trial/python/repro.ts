import { startEmulator } from '../../emulator/start-emulator.ts';
import { currentEnvironment } from '../../measure/environment.ts';
import { reportHead } from '../../measure/report-head.ts';
import type { Cell } from '../../model/cell.ts';
import type { DeliveryPath } from '../../model/names.ts';
import {
  type PythonContextName,
  type PythonStrategyName,
  pythonContextNames,
  pythonStrategyNames,
} from '../../model/names.ts';
import type { Report } from '../../model/report.ts';
import type { Timeline } from '../../model/story.ts';
import { toCell } from '../cell.ts';
import { judge, loadScenarios } from '../scenario.ts';
import { timelineOf } from '../timeline.ts';
import { type ObservedTrial, ranToItsEnd } from '../trial.ts';
import { causeOfPython } from './cause-of.ts';
import type { Interpreter } from './interpreter.ts';
import { type PythonMatrixOptions, runPythonMatrix } from './matrix.ts';

export interface PythonReproOptions extends Omit<PythonMatrixOptions, 'trials' | 'onResult'> {
  readonly contexts: readonly PythonContextName[];
  readonly strategies: readonly PythonStrategyName[];
  readonly paths: readonly DeliveryPath[];
  readonly onProgress: (done: number, total: number, last: ObservedTrial) => void;
}

/** Runs confirmation and expiry in every Python context × strategy and reports what became of each notification. */
export async function reproInPython(options: PythonReproOptions): Promise<Report> {
  const startedAt = new Date();
  const emulator = await startEmulator();
  try {
    const trials = options.contexts.flatMap((context) =>
      options.strategies.map((strategy) => ({ context, strategy })),
    );
    let done = 0;
    const onResult = (result: ObservedTrial) => {
      done += 1;
      options.onProgress(done, trials.length, result);
    };
    const results = await runPythonMatrix(emulator, { ...options, trials, onResult });
    return reportOf(options, results, startedAt);
  } finally {
    await emulator.close();
  }
}

function reportOf(options: PythonReproOptions, all: readonly ObservedTrial[], startedAt: Date): Report {
  const results = all.filter(ranToItsEnd);
  const { interpreter, interrupted } = options;
  const cells = cellsOf(options, results);
  return {
    ...reportHead('repro', startedAt),
    environment: { ...currentEnvironment(), python: versionsOf(interpreter) },
    cells,
    thresholds: [],
    verdict: null,
    findings: [],
    ok: cells.every(({ expected }) => expected !== false) && !interrupted.aborted,
    ...(interrupted.aborted ? { partial: true } : {}),
    timelines: timelinesOf(options, results),
  };
}

function versionsOf({ version, aiohttp, requests }: Interpreter) {
  return { version, aiohttp, requests };
}

/** In the order in which the user would read them: path, context, strategy. */
function cellsOf({ paths }: PythonReproOptions, results: readonly ObservedTrial[]): Cell[] {
  const scenarios = loadScenarios('python');
  return paths.flatMap((path) =>
    inOrder(results).map((result) => judge(toCell(result, path, causeOfPython), scenarios)),
  );
}

function inOrder(results: readonly ObservedTrial[]): ObservedTrial[] {
  const rank = ({ spec }: ObservedTrial) =>
    nameRank(pythonContextNames, spec.context) * pythonStrategyNames.length +
    nameRank(pythonStrategyNames, spec.strategy);
  return [...results].sort((a, b) => rank(a) - rank(b));
}

/** The confirmation that works, the expiry that fails as it was reported, and the same one made to arrive. */
function timelinesOf({ paths }: PythonReproOptions, results: readonly ObservedTrial[]): Timeline[] {
  const ordered = inOrder(results);
  const find = (context: string, strategy: string) =>
    ordered.find(({ spec }) => spec.context === context && spec.strategy === strategy);
  const failing = find('parked', 'detached') ?? ordered[0];
  if (failing === undefined) return [];
  const fixed = find(failing.spec.context, 'shared-pool');
  return [
    ...(paths.includes('confirmation') ? [timelineOf(failing, 'confirmation')] : []),
    ...(paths.includes('expiry') ? [timelineOf(failing, 'expiry')] : []),
    ...(paths.includes('expiry') && fixed !== undefined && fixed !== failing
      ? [timelineOf(fixed, 'expiry')]
      : []),
  ];
}

function nameRank(names: readonly string[], name: string): number {
  return names.indexOf(name);
}
