import { CommanderError } from 'commander';
import { eachOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { schemaVersion } from '../version.ts';

export interface ErrorStyle {
  readonly json: boolean;
  readonly verbose: boolean;
}

/** A line `error: what; why; what to do` for each thing that is wrong; with `--json` one document on stdout; a stack only with `--verbose`. */
export function printError(error: unknown, terminal: Terminal, { json, verbose }: ErrorStyle): void {
  const messages = (error instanceof UsageError ? eachOf(error) : [error]).map((each) =>
    printable(messageOf(each)),
  );
  if (json)
    terminal.print(JSON.stringify({ schemaVersion, ok: false, error: { message: messages.join('\n') } }));
  else for (const message of messages) terminal.note(`${terminal.err.red('error:')} ${message}`);
  if (verbose && error instanceof Error && error.stack !== undefined) terminal.note(error.stack);
}

/** The signal reaches what a command has just started, too, whose end is then no fault. */
export function interruptionError(error: unknown): unknown {
  if (error instanceof UsageError || error instanceof CommanderError) return error;
  return new UsageError('interrupted', 'it ended before there was a result', 'run it again', {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof CommanderError) return commandLineMessage(error);
  const reason = error instanceof Error ? error.message : String(error);
  return `timer-notify failed; ${reason}; run again with --verbose and report it`;
}

const remedies: Readonly<Record<string, string>> = {
  'commander.conflictingOption': 'leave one of them out',
};

const reasons: Readonly<Record<string, string>> = {
  'commander.unknownOption': 'the command has no such option',
  'commander.optionMissingArgument': 'the option takes a value',
  'commander.missingArgument': 'the command needs it',
  'commander.conflictingOption': 'they contradict each other',
  'commander.excessArguments': 'the command takes no more than that',
};

/** Commander's own wording, in the three parts of ours: `unknown option "--jsn"; …; did you mean "--json"?`. */
function commandLineMessage({ code, message }: CommanderError): string {
  if (code.startsWith('timer-notify.')) return message;
  const [, what = message, suggestion] =
    /^(?:error: )?(.*?)\s*(?:\(Did you mean (.*?)\?\))?$/s.exec(message) ?? [];
  const said = what
    .replaceAll('\n', ' ')
    .replace(/\.$/, '')
    .replace(/\. Expected \d+ arguments? but got \d+$/, '')
    .replaceAll(/(^|\s)'([^']*)'/g, '$1"$2"');
  const remedy =
    suggestion === undefined ? (remedies[code] ?? 'see --help') : `did you mean "${suggestion}"?`;
  return `${said}; ${reasons[code] ?? 'the command line can’t be read'}; ${remedy}`;
}
