import type { Command } from 'commander';
import { type ContextName, contextNames } from '../contexts/names.ts';
import { type StrategyName, strategyNames } from '../delivery/strategy.ts';
import { parseFaults } from '../emulator/faults.ts';
import { type DeliveryPath, deliveryPaths } from '../notification/notification.ts';
import { renderRepro } from '../report/terminal/repro.ts';
import { checkOutputs, writeOutputs } from '../report/write.ts';
import { repro } from '../trial/repro.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { collect, countOption, durationOption, namesOption, sizeOption } from './options.ts';

interface Options extends CommonOptions {
  readonly context?: readonly ContextName[];
  readonly strategy?: readonly StrategyName[];
  readonly path?: readonly DeliveryPath[];
  readonly fault?: readonly string[];
  readonly after: number;
  readonly patience: number;
  readonly count: number;
  readonly replySize?: number;
}

export function configure(command: Command): void {
  command
    .addOption(namesOption('--context <name...>', 'thread contexts to run', 'context', contextNames))
    .addOption(namesOption('--strategy <name...>', 'delivery strategies to run', 'strategy', strategyNames))
    .addOption(namesOption('--path <name...>', 'confirmation, expiry or both', 'path', deliveryPaths))
    .option('--fault <spec...>', 'what the server does wrong, e.g. hang:10%', collect)
    .addOption(durationOption('--after <duration>', 'the timer’s duration').default(100, '100ms'))
    .addOption(
      durationOption('--patience <duration>', 'how long an outcome is waited for').default(1000, '1s'),
    )
    .addOption(countOption('--count <n>', 'timers that expire at once').default(1))
    .addOption(
      sizeOption('--reply-size <size>', 'size of the server’s answer; small ones hide an unread-body bug'),
    )
    .addHelpText(
      'after',
      `
Examples:
  timer-notify repro                                          every context × every strategy
  timer-notify repro --context parked,piscina                 the bug where it was first seen
  timer-notify repro --context worker --fault hang:100%       a server that never answers
  timer-notify repro --strategy shared-pool --count 1000      a thousand expiries at once
  timer-notify repro --json -o repro.json                     for machines`,
    );
}

export async function run(command: Command, { terminal, interrupted }: CommandContext): Promise<number> {
  const options = command.opts<Options>();
  const files = options.output ?? [];
  checkOutputs(files);
  const faults = parseFaults(options.fault ?? []);
  const progress = await terminal.progress(options.quiet === true || options.json === true);
  progress.step('starting the emulator');
  const report = await repro({
    contexts: options.context ?? contextNames,
    strategies: options.strategy ?? strategyNames,
    paths: options.path ?? deliveryPaths,
    fault: options.fault === undefined ? null : options.fault.join(','),
    faults,
    count: options.count,
    afterMs: options.after,
    patienceMs: options.patience,
    replySizeBytes: options.replySize ?? null,
    project: process.cwd(),
    interrupted,
    onProgress: (done, total, { spec }) => {
      progress.tick(`${done} of ${total} trials, last ${spec.strategy} in ${spec.context}`);
    },
  }).finally(() => progress.stop());
  await writeOutputs(report, files);
  terminal.print(options.json === true ? JSON.stringify(report, null, 2) : renderRepro(report, terminal));
  return report.ok ? 0 : 1;
}
