import { wrap } from './wrap.ts';

/** Every cause in a line. */
export function renderCauses(
  all: readonly { readonly cause: string; readonly text: string }[],
  columns: number,
): string {
  const width = Math.max(...all.map(({ cause }) => cause.length)) + 2;
  const room = Math.min(columns, 100) - width;
  return all
    .map(({ cause, text }) => `${cause.padEnd(width)}${wrap(text, room).join(`\n${' '.repeat(width)}`)}`)
    .join('\n');
}

/** The programs of a page are no part of the package. */
const programs = 'https://github.com/timer-notify/timer-notify/tree/main/fixtures/apps';

/** Paragraphs as wide as the terminal; blocks of code and lists as they are. */
export function renderCause(markdown: string, title: string, columns: number): string {
  const text = markdown
    .replace(/ in \[fixtures\/apps\]\([^)]+\)/g, '')
    .replace(/^\*\*Programs\.\*\*/m, 'Programs:')
    .replaceAll('**', '')
    .replaceAll('`', '')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');
  const width = Math.min(columns, 100);
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) =>
      /^(```|[-|\d])/.test(paragraph) ? paragraph : wrap(paragraph.replaceAll('\n', ' '), width).join('\n'),
    );
  return [title, ...paragraphs, ...(text.includes('\nPrograms:') ? [programs] : [])].join('\n\n');
}
