import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { methodNames } from '../../src/emulator/methods/index.ts';
import { causes } from '../../src/model/cause.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

describe.each(pages)('%s', (page) => {
  it('links only to files that are there', () => {
    const targets = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      ([, target = '']) => target,
    );
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const named = [...textOf(page).matchAll(/(?:^|`|npx )timer-notify ([a-z]+)/gm)].map(
      ([, name = '']) => name,
    );
    const known = [...commands.map(({ name }) => name), 'completion'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('README shows its pictures from the repository, since npm’s page of the package has no folder .github', () => {
  const { repository } = JSON.parse(textOf('package.json'));
  const raw = repository.url
    .replace('git+https://github.com/', 'https://raw.githubusercontent.com/')
    .replace(/\.git$/, '/main/');
  const pictures = [...textOf('README.md').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, url = '']) => url);
  expect(pictures.length).toBeGreaterThan(0);
  expect(
    pictures.filter((url) => !url.startsWith(raw) || !existsSync(join(root, url.slice(raw.length)))),
  ).toEqual([]);
});

it('README fits on 200 lines', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(200);
});

it.each(['docs/internals.md', 'CONTRIBUTING.md'])(
  '%s names only files and folders that are there',
  (page) => {
    const named = [...textOf(page).matchAll(/`((?:src|fixtures|test)\/[^`\s]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  },
);

it('docs/causes.md has a section for each cause, in their order', () => {
  expect([...textOf('docs/causes.md').matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
    ...causes,
  ]);
});

it('docs/causes.md names programs that are there', () => {
  const apps = readdirSync(join(root, 'fixtures/apps'));
  const named = [...textOf('docs/causes.md').matchAll(/`([a-z-]+(?:\*|\.(?:mjs|cjs)))`/g)].map(
    ([, name = '']) => name,
  );
  const isThere = (name: string) =>
    name.endsWith('*') ? apps.some((app) => app.startsWith(name.slice(0, -1))) : apps.includes(name);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

it('docs/testing-a-bot.md lists the methods that the emulator has', () => {
  const [, list = ''] = textOf('docs/testing-a-bot.md').split('## Methods');
  const [paragraph = ''] = list.trim().split('\n\n');
  expect([...paragraph.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(methodNames);
});
