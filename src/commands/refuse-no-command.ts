import type { Command, Option } from 'commander';
import { pathOf } from '../diagnosis/runtime-of.ts';
import { UsageError } from '../errors.ts';

/**
 * What is to be run begins with a program. Options behind its name are the program's own: nothing is said of them.
 * @throws UsageError where the first word can't be one.
 */
export function refuseNoCommand(command: Command): void {
  const [first = '', ...others] = command.args;
  const run = `timer-notify ${command.name()}`;
  if (first === '')
    throw new UsageError(
      'the command to run is empty',
      'its first word has no letters, as from a variable that is not set',
      `write it, for example ${run} -- node app.js`,
    );
  if (first.startsWith('-')) throw optionFirst(command, run);
  if (pathOf(first, process.env) !== null) return;
  const rest = others.length === 0 ? '' : ` ${others.join(' ')}`;
  if (/^[A-Za-z_]\w*=/.test(first))
    throw new UsageError(
      `"${nameOfVariable(first)}=…" is not a command`,
      'no shell reads what follows "--", so it sets no variable',
      `set it before: ${nameOfVariable(first)}=… ${run} --${rest === '' ? ' node app.js' : rest}`,
    );
  if (/\s/.test(first))
    throw new UsageError(
      `there is no command "${first}"`,
      'the quotes make it one word',
      `leave them out: ${run} -- ${first}${rest}`,
    );
}

/** Its value may be a secret. */
function nameOfVariable(word: string): string {
  return word.slice(0, word.indexOf('='));
}

function optionFirst(command: Command, run: string): UsageError {
  const [first = '', ...others] = command.args;
  if (first === '--')
    return new UsageError(
      '"--" is given twice',
      'the command to run begins after the first',
      'leave one out',
    );
  const own = ownOptions(command);
  const program = command.args.slice(own.length).join(' ');
  if (own.length > 0)
    return new UsageError(
      `"${first}" is after "--"`,
      `it is an option of ${command.name()}, and the program to run comes after "--"`,
      `write it before: ${run} ${own.join(' ')} -- ${program === '' ? 'node app.js' : program}`,
    );
  return new UsageError(
    `"${first}" is not a command`,
    'the program comes first, and its options after it',
    `write for example ${run} -- node ${others.length === 0 ? 'app.js' : command.args.join(' ')}`,
  );
}

/** The words at the beginning that are options of this command, with their values. */
function ownOptions(command: Command): readonly string[] {
  const words: string[] = [];
  while (words.length < command.args.length) {
    const word = command.args[words.length] ?? '';
    const option = optionNamed(command, word);
    if (option === undefined) break;
    const value = command.args[words.length + 1];
    words.push(word);
    if (option.required && !word.includes('=') && value !== undefined) words.push(value);
  }
  return words;
}

function optionNamed(command: Command, word: string): Option | undefined {
  const [name = ''] = word.split('=');
  return command.options.find(({ long, short, hidden }) => !hidden && [long, short].includes(name));
}
