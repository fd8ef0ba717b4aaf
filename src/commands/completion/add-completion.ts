import { Argument, type Command } from 'commander';
import { pickName } from '../options.ts';
import { renderBash } from './bash.ts';
import { type Completion, completionOf } from './completion.ts';
import { renderFish } from './fish.ts';
import { renderZsh } from './zsh.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

const renderers: Readonly<Record<(typeof shells)[number], (completion: Completion) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

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
