import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { configuredCommands } from '../commander-programs.ts';

/** What `--help` prints, the examples that follow the options included. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text
    .trimEnd()
    .replace(/^Usage: /, 'Usage: timer-notify ')
    .replaceAll(/ +$/gm, '');
}

it('docs/cli.md is what --help of each command says (npx vitest run -u writes it)', async () => {
  const sections = (await configuredCommands()).map(
    (command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  const page = [
    '# Commands',
    '',
    'What `timer-notify <command> --help` prints. This page is written by a test, from the commands themselves.',
    '',
    ...sections,
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/cli.md');
});
