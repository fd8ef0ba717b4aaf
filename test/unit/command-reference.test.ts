import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { fitHelp } from '../../src/commands/fit-help.ts';
import { configuredCommands } from '../commander-programs.ts';

const file = new URL('../../docs/cli.md', import.meta.url);
const programs = await configuredCommands();

/** What `--help` prints, the examples that follow the options included. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return fitHelp(text, 100)
    .trimEnd()
    .replace(/^Usage: /, 'Usage: timer-notify ')
    .replaceAll(/ +$/gm, '');
}

if (process.env.WRITE_DOCS === '1') {
  const sections = programs.map(
    (command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
  );
  const head = [
    '# Commands',
    '',
    'What `timer-notify <command> --help` prints. `WRITE_DOCS=1 npm run unit` writes this page from the commands themselves.',
    '',
  ];
  writeFileSync(file, [...head, ...sections].join('\n'));
}

describe('docs/cli.md (written anew with WRITE_DOCS=1 npm run unit)', () => {
  const page = readFileSync(file, 'utf8');

  it('has a section for each command, in their order', () => {
    const names = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
    expect(names).toEqual(programs.map((command) => command.name()));
  });

  it.each(programs.map((command) => [command.name(), command] as const))(
    'says of %s what its help says',
    (name, command) => {
      const section = page.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '';
      expect(section).toContain(helpOf(command));
    },
  );
});
