import { Argument, type Command, type Option } from 'commander';
import { renderBash } from './completion-bash.ts';
import { renderFish } from './completion-fish.ts';
import { renderZsh } from './completion-zsh.ts';
import { offeredFor, pickName } from './options.ts';

/** What a shell is told of the program: all of it, so that a Tab starts no process and nothing that is typed is run. */
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

const shells = ['bash', 'zsh', 'fish'] as const;

const renderers: Readonly<Record<(typeof shells)[number], (completion: Completion) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

/** @param program every command of which is known, with its options */
export function addCompletion(program: Command): void {
  const shell = new Argument('<shell>', 'whose script').choices(shells);
  program
    .command('completion')
    .description('print the completion script of bash, zsh or fish')
    .addArgument(shell.argParser((word: string) => pickName('shell', shells, word)))
    .addHelpText(
      'after',
      `
Examples:
  source <(timer-notify completion bash)       in ~/.bashrc
  source <(timer-notify completion zsh)        in ~/.zshrc
  timer-notify completion fish | source        in ~/.config/fish/config.fish
`,
    )
    .action(async (named: (typeof shells)[number]) => {
      process.stdout.write(renderers[named](await completionOf(program)));
    });
}

async function completionOf(program: Command): Promise<Completion> {
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
    operands: operand === undefined ? { kind: 'text' } : valuesOf(operand.name(), operand.argChoices),
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
