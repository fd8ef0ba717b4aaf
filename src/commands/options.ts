import { type Argument, type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { parseDuration } from '../notification/duration.ts';
import { describeSetting } from '../options/rows.ts';
import type { SettingKey } from '../options/settings.ts';
import type { CommandModule } from './command.ts';

/** The options that every command has, but for `--open` where there is no report. */
export function addCommonOptions(command: Command, { isDocument }: Pick<CommandModule, 'isDocument'>): void {
  command
    .option('--config <file>', 'read this configuration file')
    .option('--json', 'print one JSON document on stdout and nothing else')
    .addOption(
      new Option(
        '-o, --output <file>',
        isDocument === true
          ? 'also write the result to a .json file; missing folders are created'
          : 'also write the result to a file: .json .md .xml .html .prom; may be repeated; missing folders are created',
      ).argParser(collect),
    );
  if (isDocument !== true)
    command.option('--open', 'open the HTML report in the browser; without -o it is a temporary file');
  command
    .option('-q, --quiet', 'no progress on stderr')
    .option('--verbose', 'more detail; errors show their stack')
    .option('--no-color', 'no colour');
}

/** Lists repeat or take commas. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  const parts = value.split(',').filter((part) => part !== '');
  if (parts.length > 0) return [...new Set([...previous, ...parts])];
  throw new UsageError(
    `empty list "${value}"`,
    'nothing would be left',
    'name something, or leave the option out',
  );
}

/** Process ids; lists repeat or take commas. */
export function collectPids(value: string, previous: readonly number[] = []): readonly number[] {
  const pids = collect(value).map((text) => {
    const pid = Number(text);
    if (Number.isSafeInteger(pid) && pid > 0) return pid;
    throw new UsageError(
      `bad process id "${text}"`,
      'it must be a whole number above 0',
      'write for example --pid 4711; --name finds a process by its command line',
    );
  });
  return [...new Set([...previous, ...pids])];
}

/** A list option whose values must be among `names`. */
export function namesOption<Name extends string>(
  flags: string,
  description: string,
  what: string,
  names: readonly Name[],
): Option {
  // The choices are there for shell completion; the parser takes lists and suggests the nearest word.
  return new Option(flags, description)
    .choices(names)
    .argParser((value: string, previous: readonly Name[] = []) =>
      collect(value, previous).map((word) => pickName(what, names, word)),
    );
}

/** @throws UsageError naming the nearest right word. */
export function pickName<Name extends string>(what: string, names: readonly Name[], word: string): Name {
  const found = names.find((name) => name === word);
  if (found !== undefined) return found;
  const suggestion = nearest(word, names);
  throw new UsageError(
    `unknown ${what} "${word}"`,
    `the ${what} must be one of: ${names.join(', ')}`,
    suggestion === null ? 'pick one of these' : `did you mean "${suggestion}"?`,
  );
}

const offers = new WeakMap<Option | Argument, () => Promise<readonly string[]>>();

/** Names the words that a shell offers as the value, where what is accepted is decided elsewhere. */
export function offering<Taker extends Option | Argument>(
  taker: Taker,
  words: () => Promise<readonly string[]>,
): Taker {
  offers.set(taker, words);
  return taker;
}

export function offeredFor(taker: Option | Argument): Promise<readonly string[]> | undefined {
  return offers.get(taker)?.();
}

/** What the server is to do wrong: which of it there is, the command says. */
export function faultOption(description: string, faults: readonly string[]): Option {
  return offering(new Option('--fault <spec...>', description).argParser(collect), async () => faults);
}

export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(parseDuration);
}

/** The option of a setting: its help and what it accepts are the setting's own. */
export function settingOption(key: SettingKey, flags: string): Option {
  const { help, schema, default: usual } = describeSetting(key);
  const option = new Option(flags, help);
  if (usual !== null) option.default(undefined, usual);
  if (!flags.includes('<')) return option;
  return option.argParser((text: string) => {
    const { error } = schema.safeParse(text);
    if (error === undefined) return text;
    throw new UsageError(
      `bad ${flags.split(' ')[0]} "${text}"`,
      error.issues[0]?.message ?? 'it is not accepted',
      usual === null ? `it takes: ${help}` : `write for example ${usual}`,
    );
  });
}

/** A time in which something has to happen: never 0. */
export function timeLimitOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const durationMs = parseDuration(text);
    if (durationMs > 0) return durationMs;
    throw new UsageError(`bad duration "${text}"`, 'it must be above 0', 'write for example 500ms or 10s');
  });
}

export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value) => {
    const count = Number(value);
    if (Number.isSafeInteger(count) && count >= 1) return count;
    const [flag] = flags.split(' ');
    throw new UsageError(
      `bad ${flag} "${value}"`,
      'it must be a whole number above 0',
      `write for example ${flag} 10`,
    );
  });
}

const sizePattern = /^(\d+(?:\.\d+)?)(B|KB|MB)$/i;
const bytes: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 * 1024 };

/** `512B`, `128KB`, `1MB`, in bytes. */
export function sizeOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const [, figure, unit = ''] = sizePattern.exec(text) ?? [];
    const size = Number(figure) * (bytes[unit.toUpperCase()] ?? Number.NaN);
    if (size >= 0) return Math.round(size);
    throw new UsageError(
      `bad size "${text}"`,
      'a size is a number with a unit: B, KB or MB',
      'write for example 128KB',
    );
  });
}
