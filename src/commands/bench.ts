import type { Command } from 'commander';
import { everyFault, parseFaults } from '../emulator/faults.ts';
import { UsageError } from '../errors.ts';
import { refuseIncomparable } from '../measure/comparable.ts';
import { currentEnvironment } from '../measure/environment.ts';
import { defaultThresholds, parseThreshold, type Threshold } from '../measure/threshold.ts';
import type { Load } from '../model/bench.ts';
import {
  type ContextName,
  contextNames,
  type DeliveryPath,
  deliveryPaths,
  type StrategyName,
  strategyNames,
} from '../model/names.ts';
import type { Report } from '../model/report.ts';
import { formatDuration } from '../notification/duration.ts';
import { counted } from '../report/headline/wording.ts';
import { readReport } from '../report/read.ts';
import { renderBench } from '../report/terminal/bench.ts';
import type { Progress } from '../report/terminal/progress.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { checkOutputs } from '../report/write.ts';
import { showMs } from '../time/show-ms.ts';
import { type BenchOptions, type BenchProgress, bench, withBaseline } from '../trial/bench.ts';
import { rateOption, shardOption } from './bench-options.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { givenThresholds } from './given-thresholds.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';
import {
  collect,
  countOption,
  durationOption,
  faultOption,
  namesOption,
  sizeOption,
  timeLimitOption,
} from './options.ts';
import { publishReport } from './publish-report.ts';

interface Options extends CommonOptions {
  readonly context?: readonly ContextName[];
  readonly strategy?: readonly StrategyName[];
  readonly path?: readonly DeliveryPath[];
  readonly fault?: readonly string[];
  readonly rate?: number;
  readonly concurrency?: number;
  readonly duration?: number;
  readonly count?: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly patience: number;
  readonly connections?: number;
  readonly replySize?: number;
  readonly threshold?: readonly string[];
  readonly baseline?: string;
  readonly force?: boolean;
  readonly shard?: Load['shard'];
}

const defaultContexts: readonly ContextName[] = ['main', 'worker', 'parked'];
const defaultRatePerS = 500;
const defaultDurationMs = 2000;

export function configure(command: Command): void {
  command
    .addOption(
      namesOption('--context <name...>', 'thread contexts', 'context', contextNames).default(
        undefined,
        defaultContexts.join(', '),
      ),
    )
    .addOption(
      namesOption('--strategy <name...>', 'delivery strategies', 'strategy', strategyNames).default(
        undefined,
        'all',
      ),
    )
    .addOption(
      namesOption('--path <name...>', 'which of the two notifications', 'path', deliveryPaths).default(
        undefined,
        'expiry',
      ),
    )
    .addOption(faultOption('what the server does wrong, e.g. hang:10%', everyFault))
    .addOption(
      rateOption('--rate <n/s>', 'open loop: start this many a second, however slow the responses').default(
        undefined,
        `${defaultRatePerS}/s`,
      ),
    )
    .addOption(
      countOption('--concurrency <n>', 'closed loop: this many under way at a time').conflicts('rate'),
    )
    .addOption(
      timeLimitOption('--duration <duration>', 'load of a cell, over all its rounds').default(
        undefined,
        formatDuration(defaultDurationMs),
      ),
    )
    .addOption(
      countOption('--count <n>', 'notifications of a cell, over all its rounds').conflicts('duration'),
    )
    .addOption(
      durationOption('--warm-up <duration>', 'load before each round that is not counted').default(
        100,
        '100ms',
      ),
    )
    .addOption(countOption('--rounds <n>', 'interleaved: A B C, A B C').default(3))
    .addOption(
      timeLimitOption('--patience <duration>', 'how long an outcome is waited for').default(5000, '5s'),
    )
    .addOption(
      countOption('--connections <n>', 'sockets of a pool').default(
        undefined,
        '64, more where faults hold them',
      ),
    )
    .addOption(sizeOption('--reply-size <size>', 'size of the server’s response, e.g. 128KB'))
    .option('--threshold <expr...>', 'what must hold, e.g. shared-pool:p99<1s', collect)
    .option('--baseline <report.json>', 'compare with this stored report')
    .option('--force', 'compare even if the baseline is of another machine or load')
    .addOption(shardOption('--shard <i/n>', 'run only this part; merge with timer-notify report'))
    .addHelpText('after', helpText);
}

const helpText = `
Without thresholds, every strategy but detached must keep: completion>=100%, p99<5s, hung==0, duplicates==0.
A threshold is [strategy[/context]:]metric operator limit; the metrics are completion, throughput, min, mean, p50, p90, p99, p99.9, max, late, failed, hung, lost and duplicates. Without a strategy it judges every cell, those of detached too. One that no sample answers fails.
Latency counts from the intended send time to the server's response, by the server's own record.

Exit code: 0 as expected, 1 a threshold failed or worse than the baseline, 2 wrong usage.

Examples:
  timer-notify bench                                the default run: main, worker, parked
  timer-notify bench --context parked --strategy shared-pool --rate 2000/s
  timer-notify bench --concurrency 50 --threshold 'shared-pool:throughput>900/s'
  timer-notify bench --fault latency:50ms,jitter:20ms -o b.json -o b.html
  timer-notify bench --baseline bench.json          better, same, worse, or can’t tell?
  timer-notify bench --shard 1/4 -o shard-1.json    then: timer-notify report shard-*.json
`;

export async function run(command: Command, { terminal, interrupted }: CommandContext): Promise<number> {
  const options = command.opts<Options>();
  const thresholds = thresholdsOf(options, terminal);
  const load = loadOf(options);
  const plan = planOf(options);
  const baseline = await baselineOf(options, load, plan);
  checkOutputs(options.output ?? []);
  const progress = await terminal.progress(options.quiet === true);
  const measured = await bench({
    ...plan,
    load,
    patienceMs: options.patience,
    connections: options.connections ?? null,
    thresholds,
    project: process.cwd(),
    interrupted,
    onProgress: progressTeller(progress, terminal.stderrIsTty),
  }).finally(() => progress.stop());
  const report = withBaseline(measured, baseline);
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderBench(safe, terminal.out, terminal.columns),
  });
}

type Plan = Pick<BenchOptions, 'contexts' | 'strategies' | 'paths' | 'fault' | 'faults'>;

/** What is benched. */
function planOf({ context, strategy, path, fault }: Options): Plan {
  return {
    contexts: context ?? defaultContexts,
    strategies: strategy ?? strategyNames,
    paths: path ?? ['expiry'],
    fault: fault === undefined ? null : fault.join(','),
    faults: parseFaults(fault ?? []),
  };
}

/** Flags over the configuration file over the defaults. */
function thresholdsOf(options: Options, terminal: Terminal): readonly Threshold[] {
  const { threshold, config, strategy } = options;
  const given = givenThresholds(threshold, config, noteUnlessQuiet(options, terminal));
  return given?.map(parseThreshold) ?? defaultThresholds(strategy ?? strategyNames);
}

function loadOf(options: Options): Load {
  const { rate, concurrency, duration, count, warmUp, rounds, shard } = options;
  if (count !== undefined && count < rounds) {
    throw new UsageError(
      `--count ${count} is less than the ${rounds} rounds`,
      'each round needs a notification',
      'raise --count or lower --rounds',
    );
  }
  return {
    arrival:
      concurrency === undefined
        ? { mode: 'open', ratePerS: rate ?? defaultRatePerS }
        : { mode: 'closed', concurrency },
    durationMs: count === undefined ? (duration ?? defaultDurationMs) : null,
    count: count ?? null,
    warmUpMs: warmUp,
    rounds,
    replySizeBytes: options.replySize ?? null,
    connections: options.connections ?? null,
    patienceMs: options.patience,
    shard: shard ?? null,
  };
}

/** Read and refused before anything runs: a long run must not end in a usage error. */
async function baselineOf(
  { baseline, force }: Options,
  load: Load,
  { paths, contexts, strategies, fault }: Plan,
): Promise<Report | null> {
  if (baseline === undefined) return null;
  const report = await readReport(baseline);
  const cells = paths.flatMap((path) =>
    contexts.flatMap((context) => strategies.map((strategy) => ({ path, context, strategy, fault }))),
  );
  refuseIncomparable(
    { kind: 'bench', environment: currentEnvironment(), load, cells },
    report,
    force === true,
  );
  return report;
}

/** On a terminal what is going on right now; elsewhere a line a round. */
function progressTeller(progress: Progress, live: boolean): (state: BenchProgress) => void {
  let round = 0;
  return (state) => {
    const { trial, done, total, live: figures, etaMs } = state;
    if (trial.round !== round) {
      round = trial.round;
      progress.step(`round ${round}: ${counted(total - done, 'trial')} to go`);
    }
    if (!live) return;
    const p99 = figures.p99Ms === null ? '' : `, p99 ${showMs(figures.p99Ms)}`;
    const eta = etaMs === null ? '' : `, ${showMs(etaMs)} left`;
    progress.tick(
      `${done + 1} of ${total}: ${trial.strategy} in ${trial.context}, round ${round}: ${figures.settled} of ${figures.sent} arrived${p99}${eta}`,
    );
  };
}
