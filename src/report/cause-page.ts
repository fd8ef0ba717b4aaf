import { readFileSync } from 'node:fs';
import type { Cause } from '../model/cause.ts';
import { shippedFile } from '../package-files.ts';

/** The cause's section of docs/causes.md, which is where causes are explained. */
export function causePage(cause: Cause): string {
  const page = readFileSync(shippedFile('docs/causes.md'), 'utf8');
  const sections = page.split(/^## /m);
  const found = sections.find((section) => section.startsWith(`${cause}\n`)) ?? '';
  return found.slice(cause.length).trim();
}

/** What it looks like, in a sentence. */
export function causeSentence(cause: Cause): string {
  const [paragraph = ''] = causePage(cause).split(/\n{2,}/);
  const [sentence = ''] = paragraph.replace(/^\*\*.*?\*\* /, '').split(/(?<=\.)\s+(?=[A-Z])/);
  return sentence.replaceAll('`', '').replaceAll('\n', ' ');
}
