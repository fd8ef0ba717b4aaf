import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** One entry of each table in which something must be said of everything there is: file, entry, what it is. */
const entries: readonly [file: string, entry: RegExp, what: string][] = [
  ['src/model/cause.ts', /^ {2}'loop-parked': \d+,\n/m, 'a cause’s place in the order'],
  ['src/diagnosis/advice/advice.ts', /^ {2}'loop-parked': \{\n.*?^ {2}\},\n/ms, 'the advice for a cause'],
  ['src/failures/failures.ts', /^ {4}remedy: 'correct the error in the handler',\n/m, 'a failure’s remedy'],
  ['src/options/settings.ts', /^ {6}help: 'delivery strategy;[^\n]*\n/m, 'a setting’s description'],
  ['src/contexts/exiting.ts', /^ {2}summary: [^\n]*\n/m, 'a context’s summary'],
  ['src/contexts/notes.ts', /^ {4}text: `\$\{thread\} parks[^\n]*\n/m, 'a context’s line in a timeline'],
  ['src/contexts/index.ts', /^ {2}parked,\n/m, 'a context'],
  ['src/delivery/index.ts', /^ {2}detached: [^\n]*\n/m, 'a delivery strategy'],
  ['src/diagnosis/node/joiner.ts', /^ {6}'loop-stopped': [^\n]*\n/m, 'what a probe’s event means'],
];

const directory = mkdtempSync(join(tmpdir(), 'timer-notify-tables-'));
let errors = '';

beforeAll(async () => {
  cpSync(join(root, 'src'), join(directory, 'src'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(root, name), join(directory, name));
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const [file, entry] of entries) removeFrom(join(directory, file), entry);
  errors = await compile(join(directory, 'src/tsconfig.json'));
}, 120_000);

afterAll(() => rmSync(directory, { recursive: true }));

function removeFrom(file: string, entry: RegExp): void {
  const text = readFileSync(file, 'utf8');
  const [found] = entry.exec(text) ?? [];
  if (found === undefined) throw new Error(`${file} has no ${entry}`);
  writeFileSync(file, text.replace(found, ''));
}

function compile(project: string): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', project], (_error, stdout) =>
      resolve(stdout),
    );
  });
}

describe('does not compile without', () => {
  it.each(entries.map(([file, , what]) => [what, file] as const))('%s (%s)', (_what, file) => {
    expect(errors).toMatch(new RegExp(`(^|/)${file.replace('src/', '')}\\(\\d+,\\d+\\): error`, 'm'));
  });
});
