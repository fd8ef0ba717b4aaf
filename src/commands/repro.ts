import { type Command, Option } from 'commander';
import { everyFault, parseFaults } from '../emulator/faults.ts';
import { UsageError } from '../errors.ts';
import {
  contextNames,
  type DeliveryPath,
  deliveryPaths,
  pythonContextNames,
  pythonStrategyNames,
  strategyNames,
} from '../model/names.ts';
import type { Report } from '../model/report.ts';
import { type Runtime, runtimes } from '../model/runtime.ts';
import { loadConfigFile } from '../options/config-file.ts';
import { configuredStrategies } from '../options/configured-strategies.ts';
import { fileLayer, resolve } from '../options/layers.ts';
import type { Progress } from '../report/terminal/progress.ts';
import { renderRepro } from '../report/terminal/repro.ts';
import { checkOutputs } from '../report/write.ts';
import { nodeRuntime } from '../trial/node-runtime.ts';
import type { ObservedTrial } from '../trial/observation.ts';
import { repro } from '../trial/repro.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';
import {
  collect,
  countOption,
  durationOption,
  faultOption,
  namesOption,
  offering,
  pickName,
  sizeOption,
  timeLimitOption,
} from './options.ts';
import { publishReport } from './publish-report.ts';

interface Options extends CommonOptions {
  readonly runtime: Runtime;
  readonly python?: string;
  readonly context?: readonly string[];
  readonly strategy?: readonly string[];
  readonly path?: readonly DeliveryPath[];
  readonly fault?: readonly string[];
  readonly after: number;
  readonly patience?: number;
  readonly count: number;
  readonly replySize?: number;
}

const allContexts = [...new Set<string>([...contextNames, ...pythonContextNames])];
const allStrategies = [...new Set<string>([...strategyNames, ...pythonStrategyNames])];

/** Which names are valid depends on --runtime, so they are checked once that is known. */
function eitherRuntimes(flags: string, description: string, names: readonly string[]): Option {
  return offering(new Option(flags, description).argParser(collect), async () => names);
}

export function configure(command: Command): void {
  command
    .addOption(
      eitherRuntimes('--context <name...>', 'thread contexts to run', allContexts).default(undefined, 'all'),
    )
    .addOption(
      eitherRuntimes('--strategy <name...>', 'delivery strategies to run', allStrategies).default(
        undefined,
        'all',
      ),
    )
    .addOption(
      namesOption('--path <name...>', 'which of the two notifications', 'path', deliveryPaths).default(
        undefined,
        'both',
      ),
    )
    .addOption(faultOption('what the server does wrong, e.g. hang:10%', everyFault))
    .addOption(durationOption('--after <duration>', 'the timer’s duration').default(100, '100ms'))
    .addOption(
      timeLimitOption('--patience <duration>', 'how long an outcome is waited for').default(
        undefined,
        '1s, longer from 100 timers on',
      ),
    )
    .addOption(countOption('--count <n>', 'timers that expire at once').default(1))
    .addOption(
      sizeOption('--reply-size <size>', 'size of the server’s response; small ones hide an unread-body bug'),
    )
    .addOption(runtimeOption())
    .addOption(
      new Option('--python <path>', 'the interpreter of --runtime python').default(
        undefined,
        'the usual ones are tried',
      ),
    )
    .addHelpText(
      'after',
      `
With --config the strategies are those that the file gives to timers, on main and off it, unless --strategy names others.

Exit code: 0 each cell came out as its scenario expects, 1 otherwise, 2 wrong usage. A scenario expects that detached loses what it sends: 0 does not mean that everything arrived. For that, run timer-notify doctor --check delivery, which fails where your strategy loses one.

Examples:
  timer-notify repro                                          every context × every strategy
  timer-notify repro --context parked,piscina                 the bug where it was first seen
  timer-notify repro --context worker --fault hang:100%       a server that never responds
  timer-notify repro --strategy shared-pool --count 1000      a thousand expiries at once
  timer-notify repro --config config.yaml                     your configuration in each context
  timer-notify repro --runtime python                         the original failure, in Python
  timer-notify repro --json -o repro.json                     for machines`,
    );
}

function runtimeOption(): Option {
  const option = new Option('--runtime <name>', `whose threads and loops: ${runtimes.join(' or ')}`)
    .default('node')
    .argParser((word: string) => pickName('runtime', runtimes, word));
  return offering(option, async () => runtimes);
}

export async function run(command: Command, { terminal, interrupted }: CommandContext): Promise<number> {
  const options = command.opts<Options>();
  if (options.python !== undefined && options.runtime !== 'python') {
    throw new UsageError(
      '--python without --runtime python',
      'the trials run in Node',
      'add --runtime python, or leave --python out',
    );
  }
  checkOutputs(options.output ?? []);
  const asked = withConfig(options, noteUnlessQuiet(options, terminal));
  const progress = await terminal.progress(options.quiet === true || options.json === true);
  const runIt = options.runtime === 'python' ? runPython : runNode;
  const report = await runIt(asked, progress, interrupted).finally(() => progress.stop());
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderRepro(safe, terminal),
  });
}

/** Reads only a file that --config names: what the scenarios expect must not depend on the working directory. */
function withConfig(options: Options, onNote: (note: string) => void): Options {
  if (options.config === undefined) return options;
  const file = loadConfigFile(options.config, process.cwd());
  for (const doubt of file?.doubts ?? []) onNote(doubt);
  const strategy =
    options.strategy ?? (file === null ? null : configuredStrategies(resolve([fileLayer(file)])));
  return strategy === null ? options : { ...options, strategy };
}

async function runNode(options: Options, progress: Progress, interrupted: AbortSignal): Promise<Report> {
  const contexts = picked('context', contextNames, options.context);
  const strategies = picked('strategy', strategyNames, options.strategy);
  const trials = common(options, progress, interrupted);
  progress.step('starting the emulator');
  return repro(nodeRuntime({ project: process.cwd() }), { ...trials, contexts, strategies });
}

async function runPython(options: Options, progress: Progress, interrupted: AbortSignal): Promise<Report> {
  const contexts = picked('context', pythonContextNames, options.context);
  const strategies = picked('strategy', pythonStrategyNames, options.strategy);
  const { findInterpreter } = await import('../trial/python/interpreter.ts');
  const { pythonRuntime } = await import('../trial/python/python-runtime.ts');
  const interpreter = await findInterpreter(options.python ?? null);
  const { command, version, aiohttp } = interpreter;
  progress.step(`running the trials with ${command} (Python ${version}, aiohttp ${aiohttp})`);
  const trials = common(options, progress, interrupted);
  return repro(pythonRuntime(interpreter), { ...trials, contexts, strategies });
}

function common(options: Options, progress: Progress, interrupted: AbortSignal) {
  return {
    paths: options.path ?? deliveryPaths,
    fault: options.fault === undefined ? null : options.fault.join(','),
    faults: parseFaults(options.fault ?? []),
    count: options.count,
    afterMs: options.after,
    patienceMs: options.patience ?? patienceFor(options.count),
    replySizeBytes: options.replySize ?? null,
    interrupted,
    onProgress: (done: number, total: number, { spec }: ObservedTrial) => {
      progress.tick(`${done} of ${total} trials, last ${spec.strategy} in ${spec.context}`);
    },
  };
}

/** A thousand messages at once take a few seconds to send, whatever sends them. */
function patienceFor(count: number): number {
  return 1000 + 5 * Math.max(0, count - 100);
}

/** All of the runtime's names where none was given. */
function picked<Name extends string>(
  what: string,
  names: readonly Name[],
  words: readonly string[] | undefined,
): readonly Name[] {
  return words === undefined ? names : words.map((word) => pickName(what, names, word));
}
