import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { causes } from '../model/cause.ts';
import { shippedFile } from '../package-files.ts';
import { wrap } from '../report/terminal/wrap.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { offering, pickName } from './options.ts';
import { documentPublisher } from './publish-report.ts';

/** What it prints is no report. */
export const isDocument = true;

export function configure(command: Command): void {
  const cause = new Argument('[cause]', 'a verdict of doctor, for example loop-parked; none lists them all');
  command.addArgument(offering(cause, async () => causes)).addHelpText(
    'after',
    `
Examples:
  timer-notify explain                 every cause in a line
  timer-notify explain loop-parked
  timer-notify explain await-unsettled --json
`,
  );
}

export async function run(command: Command, { terminal }: CommandContext): Promise<number> {
  const publish = documentPublisher('explain', command.opts<CommonOptions>(), terminal);
  const [asked] = command.args;
  if (asked === undefined) {
    const all = causes.map((cause) => ({ cause, text: firstSentence(sectionOf(cause)) }));
    await publish({ causes: all, ok: true }, () => listed(all, terminal.columns));
    return 0;
  }
  const cause = pickName('cause', causes, asked);
  const page = sectionOf(cause);
  await publish({ cause, text: page, ok: true }, () => plain(page, cause, terminal.columns));
  return 0;
}

/** The cause's section of docs/causes.md, which is where causes are explained. */
function sectionOf(cause: string): string {
  const page = readFileSync(shippedFile('docs/causes.md'), 'utf8');
  const sections = page.split(/^## /m);
  const found = sections.find((section) => section.startsWith(`${cause}\n`)) ?? '';
  return found.slice(cause.length).trim();
}

/** What it looks like, in a sentence. */
function firstSentence(section: string): string {
  const [paragraph = ''] = section.split(/\n{2,}/);
  const [sentence = ''] = paragraph.replace(/^\*\*.*?\*\* /, '').split(/(?<=\.)\s+(?=[A-Z])/);
  return sentence.replaceAll('`', '').replaceAll('\n', ' ');
}

function listed(all: readonly { readonly cause: string; readonly text: string }[], columns: number): string {
  const width = Math.max(...all.map(({ cause }) => cause.length)) + 2;
  const room = Math.min(columns, 100) - width;
  return all
    .map(({ cause, text }) => `${cause.padEnd(width)}${wrap(text, room).join(`\n${' '.repeat(width)}`)}`)
    .join('\n');
}

/** The programs of a page are no part of the package. */
const programs = 'https://github.com/timer-notify/timer-notify/tree/main/fixtures/apps';

/** Paragraphs as wide as the terminal; blocks of code and lists as they are. */
function plain(markdown: string, title: string, columns: number): string {
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
