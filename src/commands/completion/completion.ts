import type { Command, Option } from 'commander';
import { offeredFor } from '../options.ts';

/** What a shell knows of the program: all of it, so that a Tab starts no process and nothing that is typed is run. */
export interface Completion {
  readonly program: string;
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What stands beside the options; after `--` every command takes what the shell completes itself. */
  readonly operands: Values;
}

export interface CompletedOption {
  readonly short: string | null;
  readonly long: string;
  readonly summary: string;
  /** Null where it is a switch. */
  readonly values: Values | null;
}

export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  /** A command line of its own. */
  | { readonly kind: 'command' }
  /** Any text: nothing can be offered. */
  | { readonly kind: 'text' };

/** @param program every command of which is known, with its options */
export async function completionOf(program: Command): Promise<Completion> {
  const commands = await Promise.all(program.commands.map((command) => completedCommand(command)));
  return { program: program.name(), commands };
}

async function completedCommand(command: Command): Promise<CompletedCommand> {
  const help = command.createHelp();
  const options = await Promise.all(help.visibleOptions(command).map((option) => completedOption(option)));
  const [operand] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.description(),
    options,
    operands:
      operand === undefined
        ? { kind: 'text' }
        : valuesOf(operand.name(), operand.argChoices ?? (await offeredFor(operand))),
  };
}

async function completedOption(option: Option): Promise<CompletedOption> {
  const words = option.argChoices ?? (await offeredFor(option));
  const takesValue = option.required || option.optional;
  return {
    short: option.short ?? null,
    long: option.long ?? '',
    summary: option.description,
    values: takesValue ? valuesOf(option.flags, words) : null,
  };
}

/** @param named as help shows it: `--config <file>`, `report.json` */
function valuesOf(named: string, words: readonly string[] | undefined): Values {
  if (words !== undefined) return { kind: 'words', words };
  const placeholder = named.replace(/^.*</, '');
  if (placeholder === 'command') return { kind: 'command' };
  return /\b(file|path|report\.json)\b/.test(placeholder) ? { kind: 'files' } : { kind: 'text' };
}
