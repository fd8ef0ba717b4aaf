import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { chooseStrategy } from '../config/choose-strategy.ts';
import { contextNames } from '../contexts/names.ts';
import type { Check } from '../diagnosis/checks/check.ts';
import { deliveryCheckId } from '../diagnosis/checks/delivery.ts';
import { checks } from '../diagnosis/checks/index.ts';
import { checkReport } from '../diagnosis/checks/report.ts';
import { runChecks } from '../diagnosis/checks/run-checks.ts';
import { selectChecks } from '../diagnosis/checks/select-checks.ts';
import { type Surroundings, surveySurroundings } from '../diagnosis/checks/surroundings.ts';
import { UsageError } from '../errors.ts';
import { schemaVersion } from '../report/report.ts';
import { renderDoctor } from '../report/terminal/doctor.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { writeOutputs } from '../report/write.ts';
import { openDeliveryLab } from '../trial/delivery-lab.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { sendLive } from './doctor-live.ts';
import { collect } from './options.ts';

export interface CheckOptions extends CommonOptions {
  readonly list?: boolean;
  readonly check?: readonly string[];
  readonly live?: boolean;
}

export function addCheckOptions(command: Command): void {
  command
    .option('--list', 'show every check and run none')
    .option('--check <id or group...>', 'run only these checks', collect)
    .option('--live', 'also post one test message to the configured channel');
}

/** `doctor` without a program: the environment and the configuration. */
export async function checkSetup(
  options: CheckOptions,
  { terminal, interrupted }: CommandContext,
): Promise<number> {
  const selected = selectChecks(checks, options.check ?? []);
  if (options.list === true) return listChecks(selected, terminal, options.json === true);
  requireConfigFile(options.config);
  const startedAt = new Date();
  const progress = await terminal.progress(options.quiet === true || options.json === true);
  const surroundings = survey(options, selected, terminal, interrupted);
  const checked = await runChecks(selected, surroundings, ({ group, title }) =>
    progress.step(`${group}: ${title}`),
  ).finally(() => progress.stop());
  const report = checkReport({ checked, startedAt, interrupted: interrupted.aborted });
  await writeOutputs(report, options.output ?? []);
  terminal.print(options.json === true ? JSON.stringify(report, null, 2) : renderDoctor(report, terminal));
  return report.ok ? 0 : 1;
}

/** A file with faults in it is what the checks are for; one that is not there is a slip of the hand. */
function requireConfigFile(file: string | undefined): void {
  if (file === undefined || existsSync(file)) return;
  throw new UsageError(`cannot read the configuration ${file}`, 'there is no such file', 'check the path');
}

function listChecks(selected: readonly Check[], terminal: Terminal, json: boolean): number {
  const rows = selected.map(({ id, group, title }) => ({ id, group, title }));
  const width = Math.max(...rows.map(({ id }) => id.length));
  terminal.print(
    json
      ? JSON.stringify({ schemaVersion, kind: 'doctor', checks: rows, ok: true }, null, 2)
      : rows.map(({ id, group, title }) => `${id.padEnd(width)}  ${group.padEnd(13)}  ${title}`).join('\n'),
  );
  return 0;
}

function survey(
  { config, live }: CheckOptions,
  selected: readonly Check[],
  terminal: Terminal,
  signal: AbortSignal,
): Surroundings {
  const directory = process.cwd();
  const known = { directory, env: terminal.env, configFile: config, signal };
  const { settings, target } = surveySurroundings({ ...known, lab: null, live: null });
  const lab = openDeliveryLab({
    contexts: contextNames.filter((context) => selected.some(({ id }) => id === deliveryCheckId(context))),
    strategy: chooseStrategy(settings, '', false).strategy,
    project: directory,
    interrupted: signal,
  });
  return surveySurroundings({
    ...known,
    lab,
    live: live === true && target !== null ? () => sendLive(target, settings, terminal) : null,
  });
}
