import { Command, CommanderError } from 'commander';
import { nearest } from '../nearest.ts';
import { openTerminal, type Terminal } from '../report/terminal/terminal.ts';
import { toolVersion } from '../version.ts';
import type { CommandEntry } from './index.ts';
import { addCommonOptions } from './options.ts';
import { printError } from './print-error.ts';

const exitUsage = 2;
const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Parses, runs one command and returns the exit code of the contract: 0, 1, 2, 130 or 143. */
export async function runProgram(args: readonly string[], entries: readonly CommandEntry[]): Promise<number> {
  const own = beforeSeparator(args);
  const terminal = openTerminal(!own.includes('--no-color'));
  const errorStyle = { json: own.includes('--json'), verbose: own.includes('--verbose') };
  try {
    return await parseAndRun(args, entries, terminal);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    printError(error, terminal, errorStyle);
    return exitUsage;
  }
}

/** What follows `--` belongs to the diagnosed program. */
function beforeSeparator(args: readonly string[]): readonly string[] {
  const separator = args.indexOf('--');
  return separator === -1 ? args : args.slice(0, separator);
}

async function parseAndRun(
  args: readonly string[],
  entries: readonly CommandEntry[],
  terminal: Terminal,
): Promise<number> {
  const interruption = listenForSignals();
  let exitCode = 0;
  const program = createProgram();
  for (const entry of entries) {
    const command = program.command(entry.name).description(entry.summary);
    if (
      args.find((arg) => !arg.startsWith('-')) !== entry.name &&
      !(args[0] === 'help' && args[1] === entry.name)
    )
      continue;
    const module = await entry.load();
    module.configure(command);
    addCommonOptions(command);
    command.action(async () => {
      exitCode = await module.run(command, { terminal, interrupted: interruption.signal });
    });
  }
  suggestCommand(program, args, entries);
  await program.parseAsync([...args], { from: 'user' });
  return interruption.exitCode() ?? exitCode;
}

function createProgram(): Command {
  return new Command('timer-notify')
    .description('Find out why a timer’s notification never arrives, and deliver it from any thread')
    .version(toolVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError(true)
    .addHelpText('after', '\nStart with: timer-notify repro\n');
}

function suggestCommand(program: Command, args: readonly string[], entries: readonly CommandEntry[]): void {
  const word = args[0];
  if (word === undefined) {
    program.action(() => program.outputHelp());
    return;
  }
  const names = [...entries.map((entry) => entry.name), 'help'];
  if (word.startsWith('-') || names.includes(word)) return;
  const suggestion = nearest(word, names);
  throw new CommanderError(
    exitUsage,
    'timer-notify.unknownCommand',
    `unknown command "${word}"; the commands are: ${names.join(', ')}; ${
      suggestion === null ? 'see timer-notify --help' : `did you mean "${suggestion}"?`
    }`,
  );
}

interface Interruption {
  readonly signal: AbortSignal;
  exitCode(): number | null;
}

/** The first signal asks the command to stop and report; a second one ends the process at once. */
function listenForSignals(): Interruption {
  const controller = new AbortController();
  let code: number | null = null;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (code !== null) process.exit(signalExitCodes[name]);
      code = signalExitCodes[name];
      controller.abort(name);
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
