import type { Command } from 'commander';
import { renderDoctor } from '../report/terminal/doctor.ts';
import { checkOutputs, writeOutputs } from '../report/write.ts';
import type { CommandContext } from './command.ts';
import type { CheckOptions } from './doctor-checks.ts';
import { collect, durationOption } from './options.ts';

interface DoctorOptions extends CheckOptions {
  readonly match?: string;
  readonly timeout: number;
  readonly hangAfter: number;
}

export function configure(command: Command): void {
  command
    .argument('[command...]', 'the program to watch, after --; without one, this project is checked')
    .option('--match <url>', 'only requests whose URL contains this count')
    .addOption(
      durationOption('--timeout <duration>', 'watch the program at most this long').default(30_000, '30s'),
    )
    .addOption(
      durationOption('--hang-after <duration>', 'a request that waits longer than this is a finding').default(
        2000,
        '2s',
      ),
    )
    .option('--list', 'show every check and run none')
    .option('--check <id or group...>', 'without a program: run only these checks', collect)
    .option('--live', 'without a program: also post one test message to the configured channel')
    .option('--handler <file>', 'run the send(notification) that this file exports in every thread context')
    .addHelpText(
      'after',
      `
Exit code: 0 healthy, 1 a finding, 2 wrong usage, 130 or 143 interrupted.

Examples:
  timer-notify doctor                          check this project, its configuration and the way to Slack
  timer-notify doctor --check network,slack    only these groups or checks; --list shows them
  timer-notify doctor --handler ./notify.js    your own send(notification) in every thread context
  timer-notify doctor -- node app.js           watch a program
  timer-notify doctor --match slack.com --timeout 60s -- npm start
  timer-notify doctor --json -- node app.js > report.json
`,
    );
}

export async function run(command: Command, context: CommandContext): Promise<number> {
  const options = command.opts<DoctorOptions>();
  checkOutputs(options.output ?? []);
  if (command.args.length > 0) return watchProgram(command.args, options, context);
  const { checkHandlerFile, checkSetup } = await import('./doctor-checks.ts');
  return options.handler === undefined
    ? checkSetup(options, context)
    : checkHandlerFile(options.handler, options, context);
}

async function watchProgram(
  program: readonly string[],
  options: DoctorOptions,
  { terminal, interrupted }: CommandContext,
): Promise<number> {
  const json = options.json === true;
  const { attach } = await import('../diagnosis/attach.ts');
  const { report, program: ended } = await attach({
    command: program,
    env: terminal.env,
    stdoutFd: json ? 2 : 1,
    timeoutMs: options.timeout,
    hangAfterMs: options.hangAfter,
    match: options.match ?? null,
    interrupted,
  });
  if (options.quiet !== true) terminal.note(endText(ended, options.timeout));
  await writeOutputs(report, options.output ?? []);
  terminal.print(json ? JSON.stringify(report, null, 2) : renderDoctor(report, terminal));
  return report.ok ? 0 : 1;
}

interface Ended {
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly killed: boolean;
}

function endText({ exit, killed }: Ended, timeoutMs: number): string {
  if (killed) return 'the program ignored SIGTERM and was killed';
  if (exit === null) return `the program was still running after ${timeoutMs / 1000} s and was ended`;
  return exit.signal === null
    ? `the program ended with exit code ${exit.code}`
    : `the program was ended by ${exit.signal}`;
}
