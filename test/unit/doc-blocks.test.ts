import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { transform } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import * as library from '../../src/index.ts';
import { configuredCommands } from '../commander-programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))];

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page === 'README.md' ? page : `docs/${page}`), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: body = '' }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      text: body,
    }),
  );
});

const named = (wanted: readonly string[]) =>
  blocks
    .filter(({ language }) => wanted.includes(language))
    .map((block) => [`${block.page}:${block.line}`, block] as const);

let programs: readonly Command[];
beforeAll(async () => {
  programs = await configuredCommands();
});

describe('a code block of the documentation', () => {
  it('says what it is', () => {
    const known = ['sh', 'js', 'yaml', 'text', 'mermaid'];
    const unknown = blocks.filter(({ language }) => !known.includes(language));
    expect(unknown.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
    expect(blocks.length).toBeGreaterThan(30);
  });

  it.each(named(['sh']))('%s: each command line of ours is accepted', async (_place, { text }) => {
    for (const args of commandLines(text)) {
      const [name = '', ...others] = args;
      if (name === 'completion' || name.startsWith('-')) continue;
      const command = programs.find((candidate) => candidate.name() === name);
      expect(command, name).toBeDefined();
      await command?.parseAsync(others, { from: 'user' });
    }
  });

  it.each(named(['js']))(
    '%s: is JavaScript, and imports what the library exports',
    async (_place, { text }) => {
      await transform(text, { loader: 'js', format: 'esm' });
      const imported = [...text.matchAll(/import \{([^}]*)\} from 'timer-notify'/g)].flatMap(
        ([, names = '']) => names.split(',').map((word) => word.trim()),
      );
      expect(imported.filter((word) => !(word in library))).toEqual([]);
    },
  );

  it.each(named(['yaml']))('%s: is YAML', (_place, { text }) => {
    expect(parseDocument(text).errors).toEqual([]);
  });
});

/** The arguments of each `timer-notify …` in a shell block, up to what the shell does next. */
function commandLines(text: string): readonly (readonly string[])[] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)# .*$/, ''));
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|&& |<\()(?:\S+=\S+ )*(?:npx )?timer-notify( .*|$)/g)].map(([, rest = '']) => {
      const words = [...rest.matchAll(/'[^']*'|"[^"]*"|[^\s'"]+/g)].map(([word]) =>
        word.replaceAll(/^['"]|['"]$/g, ''),
      );
      const end = words.findIndex((word) => /^(&&|\|\||\||<|>|\))$/.test(word));
      return end === -1 ? words : words.slice(0, end);
    }),
  );
}
