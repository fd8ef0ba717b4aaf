import { Command, CommanderError } from 'commander';
import { listed } from '../report/headline/wording.ts';
import type { CommandEntry } from './index.ts';
import { addCommonOptions } from './options.ts';

/** Says of an option that its command does not have which other commands have it; any other error as it is. */
export async function hintAtOthers(
  error: unknown,
  wanted: string | undefined,
  entries: readonly CommandEntry[],
): Promise<unknown> {
  if (!(error instanceof CommanderError) || error.code !== 'commander.unknownOption') return error;
  const [, written = ''] = /unknown option '([^'=]*)/.exec(error.message) ?? [];
  const own = entries.find(({ name }) => name === wanted);
  if (own !== undefined && (await flagsOf(own, written)).length > 0)
    return new CommanderError(
      error.exitCode,
      'timer-notify.noValue',
      `option "${written}" has a value; it takes none; write ${written} alone`,
    );
  const others = await Promise.all(
    entries.filter(({ name }) => name !== wanted).map((entry) => flagsOf(entry, written)),
  );
  const [first, ...more] = others.flat();
  if (first === undefined) return error;
  const remedy =
    more.length === 0
      ? `did you mean: timer-notify ${first.name} ${first.flags}?`
      : `see timer-notify ${wanted} --help`;
  return new CommanderError(
    error.exitCode,
    'timer-notify.optionElsewhere',
    `unknown option "${written}"; ${written} is an option of ${listed([first, ...more].map(({ name }) => name))}; ${remedy}`,
  );
}

/** The option of this name as the help of the command writes it. */
async function flagsOf(
  entry: CommandEntry,
  written: string,
): Promise<readonly { readonly name: string; readonly flags: string }[]> {
  const command = new Command(entry.name);
  const module = await entry.load();
  module.configure(command);
  addCommonOptions(command, module);
  return command.options
    .filter(({ long, short, hidden }) => !hidden && [long, short].includes(written))
    .map(({ flags }) => ({ name: entry.name, flags }));
}
