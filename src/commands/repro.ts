import type { Command } from 'commander';
import type { CommandContext } from './command.ts';

export function configure(command: Command): void {
  command.addHelpText('after', '\nExamples:\n  timer-notify repro\n');
}

export async function run(_command: Command, _context: CommandContext): Promise<number> {
  return 2;
}
