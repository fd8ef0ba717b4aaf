import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EscapedError, ProgramRecord } from '../record.ts';

/** A program whose files can't be read has ended at once, and has few that could be it. */
const filesTried = 60;
const checkMs = 10_000;

/** Says where a module can't be read: Node prints it, and the error itself does not say. Each is looked for once. */
export class BrokenFiles {
  readonly #places = new Map<string, string>();

  placed(record: ProgramRecord): ProgramRecord {
    if (record.errors.every(({ brokenAt }) => brokenAt !== '')) return record;
    return { ...record, errors: record.errors.map((error) => this.#placed(error)) };
  }

  #placed(error: EscapedError): EscapedError {
    const { brokenAt, entry = '', message } = error;
    if (brokenAt !== '') return error;
    const key = `${entry}\n${message}`;
    const place = this.#places.get(key) ?? brokenPlace(entry, message);
    this.#places.set(key, place);
    return { ...error, brokenAt: place };
  }
}

/** The first of the files that the entry leads to of which Node says the same. */
export function brokenPlace(entry: string, message: string): string {
  const files = [pathOf(entry)];
  for (const file of files) {
    const source = sourceOf(file);
    if (source === null) continue;
    const place = placeIn(file, message);
    if (place !== '') return place;
    for (const imported of importsOf(source, file))
      if (files.length < filesTried && !files.includes(imported)) files.push(imported);
  }
  return '';
}

/** `node --check` reads the file and runs nothing of it. */
function placeIn(file: string, message: string): string {
  const { NODE_OPTIONS: _probes, ...env } = process.env;
  const { stderr } = spawnSync(process.execPath, ['--check', file], {
    env,
    encoding: 'utf8',
    timeout: checkMs,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [, line, mark = '', said] = /:(\d+)\n.*\n(\s*)\^.*\n\s*SyntaxError: (.*)/.exec(stderr) ?? [];
  return line === undefined || said !== message.split('\n')[0] ? '' : `${file}:${line}:${mark.length + 1}`;
}

const specifiers =
  /\b(?:from|import|new\s+URL|new\s+Worker)\s*\(?\s*(['"`])((?:\.{1,2}\/|\/|file:)[^'"`\n]+)\1/g;

function importsOf(source: string, file: string): readonly string[] {
  return [...source.matchAll(specifiers)].map(([, , specifier = '']) =>
    resolve(dirname(file), pathOf(specifier.replace(/[?#].*$/, ''))),
  );
}

function sourceOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}
