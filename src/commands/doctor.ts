import { type Command, Option } from 'commander';
import { type Until, untils } from '../diagnosis/attach.ts';
import { runtimeOf } from '../diagnosis/runtime-of.ts';
import { UsageError } from '../errors.ts';
import { isUpToServer } from '../model/cause.ts';
import type { Report } from '../model/report.ts';
import { type Runtime, runtimes } from '../model/runtime.ts';
import { renderDoctor } from '../report/terminal/doctor.ts';
import { checkOutputs } from '../report/write.ts';
import { monotonicMs } from '../time/clock.ts';
import { showMs } from '../time/show-ms.ts';
import type { CommandContext } from './command.ts';
import type { CheckOptions } from './doctor-checks.ts';
import { type DoctorMode, doctorMode } from './doctor-mode.ts';
import type { PidOptions } from './doctor-pid.ts';
import { noteIdleConfig } from './idle-config.ts';
import { collect, collectPids, offering, pickName, sizeOption, timeLimitOption } from './options.ts';
import { publishReport } from './publish-report.ts';
import { showStatus } from './watch-status.ts';

function partOfName(text: string): string {
  if (text.trim() !== '') return text;
  throw new UsageError(
    '--name is empty',
    'every command line contains that',
    'write a part of one, for example --name bot.mjs',
  );
}

async function checkWords(): Promise<readonly string[]> {
  const { checks } = await import('../diagnosis/checks/index.ts');
  return [...new Set(checks.flatMap(({ group, id }) => [group, id]))];
}

interface DoctorOptions extends CheckOptions, PidOptions {
  readonly until: Until;
  readonly failOnFinding?: boolean;
  readonly runtime?: Runtime;
  readonly match?: string;
  readonly timeout: number;
  readonly hangAfter: number;
}

export function configure(command: Command): void {
  command
    .argument('[command...]', 'the program to watch, after --; without one, this project is checked')
    .addOption(
      offering(
        new Option('--runtime <name>', 'the program’s: node or python')
          .default(undefined, 'guessed from the command')
          .argParser((word: string) => pickName('runtime', runtimes, word)),
        async () => runtimes,
      ),
    )
    .option('--match <url>', 'count only requests whose URL contains this text')
    .addOption(timeLimitOption('--timeout <duration>', 'watch the program this long').default(30_000, '30s'))
    .addOption(
      timeLimitOption(
        '--hang-after <duration>',
        'how long a request may be without a response, or an event loop blocked, before it counts as hung',
      ).default(2000, '2s'),
    )
    .addOption(
      offering(
        new Option(
          '--until <what>',
          'verdict: end the program early once nothing can change the verdict, or only a response five times later than --hang-after; timeout: always watch for the whole time',
        ),
        async () => untils,
      )
        .argParser((word: string) => pickName('end', untils, word))
        .default('verdict'),
    )
    .option(
      '--follow',
      'watch a Node program without a limit; print each finding when it is proven, and exit as the program does',
    )
    .option('--fail-on-finding', 'with --follow: exit code 1 where there was a finding')
    .option('--list', 'show every check and run none')
    .addOption(
      offering(
        new Option('--check <id or group...>', 'without a program: run only these checks').argParser(collect),
        checkWords,
      ),
    )
    .option('--live', 'without a program: also post one test message to the configured channel')
    .addOption(
      new Option(
        '--pid <pid...>',
        'look into running processes (Node, Python 3.14 and later) and change nothing: threads, requests, awaits, timers',
      ).argParser(collectPids),
    )
    .addOption(
      new Option(
        '--name <text>',
        'like --pid: the process of yours whose command line contains this text',
      ).argParser(partOfName),
    )
    .addOption(
      timeLimitOption(
        '--interval <duration>',
        'with --pid: the time between two looks; what makes no progress in it waits',
      ).default(2000, '2s'),
    )
    .addOption(
      sizeOption(
        '--max-heap <size>',
        'with --pid: do not snapshot a larger heap, which stops its thread meanwhile',
      ).default(512 * 2 ** 20, '512MB'),
    )
    .option(
      '--handler <file>',
      'run the function send(notification) that this file exports, under that name or as its default, in every thread context',
    )
    .addHelpText(
      'after',
      `
Give the options of doctor before --; what follows the name of the program is passed to it.

A handler receives { id, path, channel, text } and posts to SLACK_API_URL (or SLACK_WEBHOOK_URL), with SLACK_BOT_TOKEN; both lead to a local emulator, and no other host is reached.

A handler is judged by what arrives there, whatever ids and metadata it sends.

With --follow --json each finding is one line of JSON on stdout ("kind": "finding"), and the report is the last line: NDJSON, not one document.

Exit code, of the verdict and not of the program: 0 healthy, 1 a finding or not enough seen to say, 2 wrong usage, or what a check found wrong with the configuration, 129, 130 or 143 interrupted.

Examples:
  timer-notify doctor                          check this project and the way to Slack
  timer-notify doctor --check network,slack    only these groups or checks; --list shows them
  timer-notify doctor --handler ./notify.mjs   your own send(notification) in every thread context
  timer-notify doctor -- node app.js           watch a program
  timer-notify doctor --match slack.com --timeout 60s -- npm start
  timer-notify doctor --json -- node app.js > report.json
  timer-notify doctor -- python3 app.py        the same for a Python program
  timer-notify doctor --runtime python -- ./start.sh
  timer-notify doctor --follow -- node server.js    watch as long as it runs
  timer-notify doctor --pid 4711               a process that hangs now: why, and where
  timer-notify doctor --name bot.mjs           the same, found by its command line
`,
    );
}

/** What a configuration says nothing of. */
const withoutConfig: Partial<Readonly<Record<DoctorMode, string>>> = {
  program: 'doctor with a program',
  followed: 'doctor --follow',
  process: 'doctor --pid',
};

export async function run(command: Command, context: CommandContext): Promise<number> {
  const options = command.opts<DoctorOptions>();
  const mode = doctorMode(command);
  const idle = options.list === true ? 'doctor --list' : withoutConfig[mode];
  if (idle !== undefined) noteIdleConfig(idle, options, context.terminal);
  if (options.list !== true) checkOutputs(options.output ?? []);
  switch (mode) {
    case 'process':
      return (await import('./doctor-pid.ts')).lookIntoProcesses(options, context);
    case 'program':
      return watchProgram(command.args, options, context);
    case 'followed':
      return follow(command.args, options, context);
    case 'handler':
    case 'checks': {
      const { checkHandlerFile, checkSetup } = await import('./doctor-checks.ts');
      return options.handler === undefined
        ? checkSetup(options, context)
        : checkHandlerFile(options.handler, options, context);
    }
  }
}

async function follow(
  program: readonly string[],
  options: DoctorOptions,
  context: CommandContext,
): Promise<number> {
  const { followProgram } = await import('./doctor-follow.ts');
  return followProgram(
    program,
    options.runtime ?? runtimeOf(program, context.terminal.env),
    options,
    context,
  );
}

async function watchProgram(
  program: readonly string[],
  options: DoctorOptions,
  { terminal, interrupted }: CommandContext,
): Promise<number> {
  const json = options.json === true;
  const { attach } = await import('../diagnosis/attach.ts');
  const watched = terminal.stderrIsTty && options.quiet !== true;
  const status = watched ? showStatus(terminal, options.timeout, monotonicMs) : null;
  const { report, program: ended } = await attach({
    runtime: options.runtime ?? runtimeOf(program, terminal.env),
    command: program,
    env: terminal.env,
    stdoutFd: json ? 2 : 1,
    timeoutMs: options.timeout,
    hangAfterMs: options.hangAfter,
    match: options.match ?? null,
    until: options.until,
    onFinding: null,
    ...status,
    interrupted,
  }).finally(() => status?.stop());
  if (options.quiet !== true) terminal.note(endText(ended, report, interrupted.aborted));
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderDoctor(safe, terminal),
  });
}

interface Ended {
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly endedByItself: boolean;
  readonly killed: boolean;
  readonly endedEarly: boolean;
}

function endText(
  { exit, endedByItself, killed, endedEarly }: Ended,
  { durationMs: watchedMs, verdict }: Report,
  isInterrupted: boolean,
): string {
  if (endedEarly) {
    const settled = isUpToServer(verdict)
      ? 'only a response that is long overdue could change the verdict'
      : 'the verdict could not change any more';
    return `${settled}: the program was ended (--until timeout keeps watching)`;
  }
  if (killed) return 'the program ignored SIGTERM and was killed';
  if (isInterrupted) return 'interrupted: the program was ended with the doctor';
  if (exit === null || !endedByItself)
    return `the program was still running after ${showMs(watchedMs)}, and the doctor ended it`;
  return exit.signal === null
    ? `the program ended with exit code ${exit.code}`
    : `the program was ended by ${exit.signal}`;
}
