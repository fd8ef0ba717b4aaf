import { readFileSync } from 'node:fs';
import type { Finding } from '../model/finding.ts';
import { isForeign } from '../model/frame.ts';
import type { Report } from '../model/report.ts';
import { printable } from '../printable.ts';
import { redact } from '../slack/redact.ts';

/** Read once, while the program's files are what ran: every format shows the same, also one that is written elsewhere. */
export function withCodeFrames(report: Report): Report {
  return { ...report, findings: report.findings.map(withCodeFrame) };
}

/** With the code of the first line of the person's own. */
export function withCodeFrame(finding: Finding): Finding {
  const own = finding.stack.find((frame) => !isForeign(frame));
  const lines = own === undefined || finding.codeFrame !== undefined ? [] : codeFrame(own);
  return lines.length === 0 ? finding : { ...finding, codeFrame: lines };
}

const around = 1;

/** The line that a frame names, with its neighbours; empty where the file can't be read. */
export function codeFrame(frame: string): readonly string[] {
  const [, file = '', row = '', column = ''] =
    /^(?:file:\/\/)?((?!node:|<).+?):(\d+)(?::(\d+))?/.exec(frame) ?? [];
  const lines = linesOf(file);
  const at = Number(row) - 1;
  if (lines[at] === undefined) return [];
  const first = Math.max(0, at - around);
  const shown = lines.slice(first, at + around + 1);
  const width = String(first + shown.length).length;
  const offset = Math.max(0, Number(column) - 1);
  return shown.flatMap((line, index) => {
    const number = first + index;
    const isAt = number === at;
    // Before it is cut: no half of a secret is left.
    const text = shownText(line);
    const place = shownText(line.slice(0, offset)).length;
    const code = isAt ? aroundPlace(text, place) : { text, offset };
    const shownRow =
      `${isAt ? '>' : ' '} ${String(number + 1).padStart(width)} | ${code.text.slice(0, longest)}`.trimEnd();
    const mark = `  ${' '.repeat(width)} | ${' '.repeat(code.offset)}^`;
    return isAt && column !== '' ? [shownRow, mark] : [shownRow];
  });
}

/** How far a tab leads depends on what stands before it: the mark would miss its place. */
function shownText(text: string): string {
  return printable(redact(text).replaceAll('\t', '  '));
}

const longest = 120;
/** What stands further right is not seen on a usual terminal. */
const seenColumns = 50;
const before = 30;

/** A long line begins shortly before the place. */
function aroundPlace(text: string, offset: number): { readonly text: string; readonly offset: number } {
  if (offset <= seenColumns) return { text, offset };
  return { text: `…${text.slice(offset - before)}`, offset: before + 1 };
}

/** Minified code is no help to anybody. */
function linesOf(file: string): readonly string[] {
  try {
    const text = file === '' ? '' : readFileSync(file, 'utf8');
    return text.includes('\0') ? [] : text.split('\n');
  } catch {
    return [];
  }
}
