import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isInPackage } from '../../model/frame.ts';
import { clientNames } from './sending-words.ts';
import { frameAt } from './source-place.ts';
import { withoutTexts } from './source-text.ts';

/** A call of a client by its own name, or of Slack's. */
const calls = new RegExp(
  String.raw`(?<![\w$.])(?:${clientNames})\s*(?:\.\s*(?:get|post|put|patch|delete|request|stream)\s*)?\(|(?<![\w$])https?\s*\.\s*(?:request|get)\s*\(|\.chat\s*\.\s*(?:post|update|schedule)\w*\s*\(`,
  'g',
);
const imports = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])(\.{1,2}\/[^'"\n]+\.[cm]?[jt]s)\1/g;

const filesRead = 20;
const placesKept = 3;

/** Where a program's own files, from its first one on, call a client: `file:line:column`. */
export function sendingPlaces(file: string): readonly string[] {
  const files = [file];
  const found: string[] = [];
  for (let next = 0; next < Math.min(files.length, filesRead); next++) {
    const path = files[next] ?? '';
    const source = isInPackage(path) ? '' : readOr(path);
    const code = withoutTexts(source);
    for (const { index, 0: text } of code.matchAll(calls))
      found.push(frameAt(path, code, index + startOf(text)));
    for (const { index, 2: specifier = '' } of source.matchAll(imports)) {
      const imported = resolve(dirname(path), specifier);
      // One that a comment names is none.
      if (code.slice(index, index + 4).trim() !== '' && !files.includes(imported)) files.push(imported);
    }
  }
  return found.slice(0, placesKept);
}

/** V8 has the place of a method's call at its name. */
function startOf(text: string): number {
  return Math.max(0, text.lastIndexOf('.') + 1);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
