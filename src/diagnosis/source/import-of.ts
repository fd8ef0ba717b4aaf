import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The module that an error says was not found, and the file that imports it where it says that, too. */
export function missingModule(
  message: string,
): { readonly name: string; readonly importer: string | null } | null {
  const [, name, importer] =
    /^(?:Cannot find (?:module|package)|No module named) '([^']+)'(?: imported from (.+))?/.exec(message) ??
    [];
  return name === undefined ? null : { name, importer: importer === undefined ? null : pathOf(importer) };
}

/** The frame of the import that an error of a missing module is about; null where that is not found. */
export function importOf(message: string): string | null {
  const missing = missingModule(message);
  if (missing === null || missing.importer === null) return null;
  const { importer, name } = missing;
  const lines = linesOf(importer);
  for (const [index, line] of lines.entries()) {
    for (const { index: at, 2: specifier = '' } of line.matchAll(/(['"`])([^'"`]+)\1/g))
      if (leadsTo(specifier, name, importer)) return `${importer}:${index + 1}:${at + 1}`;
  }
  return null;
}

/** A package is named as it is written, perhaps with a file of it; a file by its path. */
function leadsTo(specifier: string, name: string, importer: string): boolean {
  if (specifier === name || specifier.startsWith(`${name}/`)) return true;
  return (
    /^\.{1,2}\/|^file:/.test(specifier) && resolve(dirname(importer), pathOf(specifier)) === pathOf(name)
  );
}

function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
