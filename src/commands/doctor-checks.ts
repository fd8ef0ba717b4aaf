import type { Check } from '../diagnosis/checks/check.ts';
import { deliveryCheckId } from '../diagnosis/checks/delivery.ts';
import { handlerCheckId, handlerChecks } from '../diagnosis/checks/handler.ts';
import { checks } from '../diagnosis/checks/index.ts';
import { checkReport } from '../diagnosis/checks/report.ts';
import { runChecks } from '../diagnosis/checks/run-checks.ts';
import { selectChecks } from '../diagnosis/checks/select-checks.ts';
import type { Surroundings } from '../diagnosis/checks/surroundings.ts';
import { type ContextName, contextNames } from '../model/names.ts';
import type { Report } from '../model/report.ts';
import { renderDoctor } from '../report/terminal/doctor.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { checkHandler } from '../trial/check-handler.ts';
import { openDeliveryLab } from '../trial/delivery-lab.ts';
import { openHandlerLab } from '../trial/handler-lab.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { sendLive } from './doctor-live.ts';
import { documentPublisher, publishReport } from './publish-report.ts';
import { type Setup, surveySetup } from './survey-setup.ts';

export interface CheckOptions extends CommonOptions {
  readonly list?: boolean;
  readonly check?: readonly string[];
  readonly live?: boolean;
  readonly handler?: string;
}

/** `doctor` without a program: the environment and the configuration. */
export async function checkSetup(options: CheckOptions, context: CommandContext): Promise<number> {
  const selected = selectChecks(checks, options.check ?? []);
  if (options.list === true) return listChecks(selected, options, context.terminal);
  return runAndReport(selected, surroundingsOf(options, selected, context), options, context);
}

/** `doctor --handler`: the user's own `send` in every thread context. */
export async function checkHandlerFile(
  file: string,
  options: CheckOptions,
  context: CommandContext,
): Promise<number> {
  const selected = selectChecks(handlerChecks, options.check ?? [], `timer-notify doctor --handler ${file}`);
  if (options.list === true) return listChecks(selected, options, context.terminal);
  const setup = surveyProject(options, context);
  const handler = openHandlerLab({
    file: await checkHandler(file, setup.directory),
    contexts: contextsOf(selected, handlerCheckId),
    project: setup.directory,
    interrupted: setup.signal,
  });
  return runAndReport(selected, { ...setup, lab: null, handler, live: null }, options, context);
}

function surveyProject({ config }: CheckOptions, { terminal, interrupted }: CommandContext): Setup {
  return surveySetup({
    directory: process.cwd(),
    env: terminal.env,
    configFile: config,
    signal: interrupted,
  });
}

function contextsOf(
  selected: readonly Check[],
  idOf: (context: ContextName) => string,
): readonly ContextName[] {
  return contextNames.filter((context) => selected.some(({ id }) => id === idOf(context)));
}

async function runAndReport(
  selected: readonly Check[],
  surroundings: Surroundings,
  options: CheckOptions,
  { terminal, interrupted }: CommandContext,
): Promise<number> {
  const json = options.json === true;
  const startedAt = new Date();
  const progress = await terminal.progress(options.quiet === true || json);
  const checked = await runChecks(selected, surroundings, ({ group, title }) =>
    progress.step(`${group}: ${title}`),
  ).finally(() => progress.stop());
  const report = checkReport({
    checked,
    startedAt,
    interrupted: interrupted.aborted,
    liveWanted: options.live === true,
    asked: options.check ?? [],
  });
  const code = await publishReport(report, {
    terminal,
    options,
    render: (safe) => renderDoctor(safe, terminal),
  });
  // As every other command says it.
  return code === 1 && isMisconfigured(report) ? 2 : code;
}

function isMisconfigured({ checks: rows = [] }: Report): boolean {
  return rows.some(({ group, status }) => group === 'configuration' && status === 'fail');
}

async function listChecks(
  selected: readonly Check[],
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const publish = documentPublisher('doctor --list', options, terminal);
  const rows = selected.map(({ id, group, title }) => ({ id, group, title }));
  const width = Math.max(...rows.map(({ id }) => id.length));
  await publish({ checks: rows, ok: true }, () =>
    rows.map(({ id, group, title }) => `${id.padEnd(width)}  ${group.padEnd(13)}  ${title}`).join('\n'),
  );
  return 0;
}

function surroundingsOf(
  options: CheckOptions,
  selected: readonly Check[],
  context: CommandContext,
): Surroundings {
  const setup = surveyProject(options, context);
  const { settings, target } = setup;
  const lab = openDeliveryLab({
    contexts: contextsOf(selected, deliveryCheckId),
    strategy: setup.strategy.chosen,
    project: setup.directory,
    interrupted: setup.signal,
  });
  const send = () => (target === null ? null : sendLive(target, settings, context.terminal));
  const live = options.live === true ? async () => send() : null;
  return { ...setup, lab, handler: null, live };
}
