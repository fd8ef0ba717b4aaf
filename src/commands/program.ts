import { Command, CommanderError, Help } from 'commander';
import { ourPrefix } from '../options/strange-variable.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { toolVersion } from '../version.ts';
import type { CommonOptions } from './command.ts';
import { describeOption } from './describe-option.ts';
import { fitHelp } from './fit-help.ts';
import type { CommandEntry } from './index.ts';
import { type Interruption, listenForSignals } from './signals.ts';
import { watchOutput } from './watch-output.ts';

const exitUsage = 2;

/** It describes every other command, so all of them are loaded for it. */
const completion = 'completion';

/**
 * Parses, runs one command and returns the exit code of the contract: 0, 1, 2, 129, 130 or 143. What only a command or an
 * error needs is loaded when there is one: the help is there at once.
 */
export async function runProgram(args: readonly string[], entries: readonly CommandEntry[]): Promise<number> {
  watchOutput();
  const interruption = listenForSignals();
  try {
    return await parseAndRun(args, entries, interruption);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { interruptionError, printError } = await import('./print-error.ts');
    const own = beforeSeparator(args);
    const style = { json: own.includes('--json'), verbose: own.includes('--verbose') };
    const interruptedWith = interruption.exitCode();
    const said = interruptedWith === null ? error : interruptionError(error);
    printError(said, await terminalFor(args), style);
    return interruptedWith ?? exitUsage;
  }
}

async function terminalFor(args: readonly string[]): Promise<Terminal> {
  const { openTerminal } = await import('../report/terminal/terminal.ts');
  return openTerminal(!beforeSeparator(args).includes('--no-color'));
}

/** What follows `--` belongs to the diagnosed program. */
function beforeSeparator(args: readonly string[]): readonly string[] {
  const separator = args.indexOf('--');
  return separator === -1 ? args : args.slice(0, separator);
}

async function parseAndRun(
  args: readonly string[],
  entries: readonly CommandEntry[],
  interruption: Interruption,
): Promise<number> {
  const program = createProgram();
  const words = args.filter((arg) => !arg.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  const completes = wanted === completion;
  let exitCode = 0;
  for (const entry of entries) {
    const command = program.command(entry.name).description(entry.summary);
    if (!completes && wanted !== entry.name) continue;
    const [module, { addCommonOptions }] = await Promise.all([entry.load(), import('./options.ts')]);
    module.configure(command);
    addCommonOptions(command, module);
    command.action(async () => {
      const terminal = await terminalFor(args);
      await warnOfVariables(terminal);
      await refuseOddCommand(command);
      await refuseUnreadableConfig(command.opts<CommonOptions>());
      exitCode = await module.run(command, { terminal, interrupted: interruption.signal });
    });
  }
  if (completes) (await import('./completion/add-completion.ts')).addCompletion(program);
  else
    program.command(`${completion} <shell>`).description('print the completion script of bash, zsh or fish');
  await refuseUnknownCommand(program, args);
  refuseMissingValue(program, wanted, args);
  refuseNothingBehind(program, wanted, args);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    throw await (await import('./option-elsewhere.ts')).hintAtOthers(error, wanted, entries);
  }
  return interruption.exitCode() ?? exitCode;
}

/** Loaded only where there is something to look at: most have no variable of ours. */
async function warnOfVariables({ env, err, note }: Terminal): Promise<void> {
  if (!Object.keys(env).some((name) => name.startsWith(ourPrefix))) return;
  const { unknownVariables } = await import('../options/variables.ts');
  for (const { message } of unknownVariables(env)) note(`${err.yellow('warning:')} ${message}`);
}

/** What is behind `--` is run: loaded only where it does not look like a command. */
async function refuseOddCommand(command: Command): Promise<void> {
  const [word] = command.args;
  if (word === undefined || command.registeredArguments[0]?.name() !== 'command') return;
  if (!/^$|^-|[\s=]/.test(word)) return;
  (await import('./refuse-no-command.ts')).refuseNoCommand(command);
}

/** Every command has `--config`, and refuses a file that can't be read alike. */
async function refuseUnreadableConfig({ config }: CommonOptions): Promise<void> {
  if (config === undefined) return;
  (await import('../options/config-file.ts')).refuseUnreadable(config);
}

function createProgram(): Command {
  const width = Math.min(process.stdout.columns || Number(process.env.COLUMNS) || 100, 110);
  return new Command('timer-notify')
    .description('Find out why a timer’s notification never arrives, and deliver it from any thread')
    .version(toolVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: (text) => process.stdout.write(fitHelp(text, width)) })
    .configureHelp({ helpWidth: width, minWidthToWrap: 20, optionDescription: describeOption })
    .addHelpText(
      'after',
      `
Examples:
  timer-notify repro                   show the failure and its fixes
  timer-notify doctor -- node app.js   find the cause in your own program

Exit codes: 0 as expected, 1 a finding, a failed threshold or an undelivered message,
2 usage or configuration, 129/130/143 interrupted`,
    );
}

/** Commander would take `--` for the value of an option that stands before it. */
function refuseMissingValue(program: Command, wanted: string | undefined, args: readonly string[]): void {
  if (!args.includes('--')) return;
  const last = beforeSeparator(args).at(-1);
  const command = program.commands.find((one) => one.name() === wanted);
  const option = command?.options.find(
    ({ long, short }) => last !== undefined && [long, short].includes(last),
  );
  if (option?.required !== true) return;
  throw new CommanderError(
    exitUsage,
    'timer-notify.missingValue',
    `option "${last}" has no value; "--" begins the command that is run; write ${option.flags} before it`,
  );
}

/** An empty `$CMD` must not turn into another question, whose answer is then taken for this one's. */
function refuseNothingBehind(program: Command, wanted: string | undefined, args: readonly string[]): void {
  if (args.indexOf('--') !== args.length - 1) return;
  const command = program.commands.find((one) => one.name() === wanted);
  if (command?.registeredArguments[0]?.name() !== 'command') return;
  throw new CommanderError(
    exitUsage,
    'timer-notify.nothingBehind',
    `"--" has no command after it; ${wanted} is to run one; write it there, for example timer-notify ${wanted} -- npm start, or leave "--" out`,
  );
}

/** What stands without a command. */
const programOptions = ['-h', '--help', '-V', '--version'];

async function misplacedOption(option: string): Promise<CommanderError> {
  const { nearest } = await import('../nearest.ts');
  const suggestion = nearest(option, programOptions);
  if (suggestion !== null) {
    return new CommanderError(
      exitUsage,
      'timer-notify.unknownOption',
      `unknown option "${option}"; without a command there are ${programOptions.join(', ')}; did you mean "${suggestion}"?`,
    );
  }
  return new CommanderError(
    exitUsage,
    'timer-notify.misplacedOption',
    `option "${option}" before the command; options belong to a command; write it after the command: timer-notify <command> ${option}`,
  );
}

async function refuseUnknownCommand(program: Command, [first, second]: readonly string[]): Promise<void> {
  if (first === undefined) {
    program.action(() => program.outputHelp());
    return;
  }
  const word = first === 'help' && second !== undefined ? second : first;
  if (programOptions.includes(word)) return;
  if (word.startsWith('-')) throw await misplacedOption(word);
  const visible = new Help().visibleCommands(program).map((command) => command.name());
  if (visible.includes(word)) return;
  const { nearest } = await import('../nearest.ts');
  const suggestion = nearest(word, visible);
  const remedy = suggestion === null ? 'see timer-notify --help' : `did you mean "${suggestion}"?`;
  throw new CommanderError(
    exitUsage,
    'timer-notify.unknownCommand',
    `unknown command "${word}"; the commands are: ${visible.join(', ')}; ${remedy}`,
  );
}
