import type { ChalkInstance } from 'chalk';
import type { ThreadSpan, ThreadTimeline } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { endWord } from '../thread-end.ts';
import { spanEndMs, timelineEndMs } from '../timeline-end.ts';
import { marks } from './marks.ts';
import type { Terminal } from './terminal.ts';

type Style = Pick<Terminal, 'out' | 'columns'>;

const widest = 100;
const nameWidth = 18;
/** Room for what became of a request, behind its bar. */
const resultWidth = 22;
const requestsShown = 5;
const threadsShown = 12;

const legend = '─ loop runs  ▒ parked  █ blocked  ┄ request under way';

/** A bar a thread over the program's life, and under it its requests: the bad ones and the last, if they are many. */
export function renderThreads(
  report: Pick<Report, 'threads' | 'durationMs' | 'findings'>,
  style: Style,
): string {
  const { threads = [], findings } = report;
  if (threads.length === 0) return '';
  const { out } = style;
  const endMs = timelineEndMs(report);
  const scale = scaleOf(endMs, Math.min(style.columns, widest) - nameWidth - resultWidth - 2);
  const shown = mostTelling(threads);
  const hidden = threads.length - shown.length;
  const lines = [
    `${out.bold('Timeline')} ${out.dim(`0 to ${showMs(endMs)}`)}`,
    ...shown.flatMap((thread) =>
      showThread(thread, { name: nameIn(threads, thread), end: endWord(thread, findings) }, scale, out),
    ),
    ...(hidden === 0
      ? []
      : [out.dim(`  … and ${hidden} more threads without a request or a standstill to show`)]),
    out.dim(`  ${legend}`),
  ];
  return lines.join('\n');
}

interface Scale {
  readonly width: number;
  readonly endMs: number;
  column(ms: number): number;
}

function scaleOf(endMs: number, room: number): Scale {
  const width = Math.max(10, room);
  return {
    width,
    endMs,
    column: (ms) => Math.min(width - 1, Math.max(0, Math.floor((ms / endMs) * width))),
  };
}

function mostTelling(threads: readonly ThreadTimeline[]): readonly ThreadTimeline[] {
  if (threads.length <= threadsShown) return threads;
  const weight = ({ isMain, spans }: ThreadTimeline) =>
    (isMain ? 1_000_000 : 0) + spans.reduce((sum, { good }) => sum + (good ? 1 : 1000), 0);
  const chosen = new Set([...threads].sort((a, b) => weight(b) - weight(a)).slice(0, threadsShown));
  return threads.filter((thread) => chosen.has(thread));
}

/** The main threads of a program's other processes are told apart by their process. */
function nameIn(threads: readonly ThreadTimeline[], { name, pid, isMain }: ThreadTimeline): string {
  return isMain && threads[0]?.pid !== pid ? `${name} of ${pid}` : name;
}

function showThread(
  thread: ThreadTimeline,
  { name, end }: { readonly name: string; readonly end: string },
  scale: Scale,
  out: ChalkInstance,
): readonly string[] {
  const requests = requestsOf(thread);
  const hidden = thread.spans.filter((span) => span.kind === 'request' && !requests.includes(span));
  const answered = thread.answered + hidden.filter(({ good }) => good).length;
  return [
    `  ${toWidth(name, nameWidth - 2)}${loopBar(thread, scale, out)} ${out.dim(cut(remark(answered, end), resultWidth))}`.trimEnd(),
    ...requests.map((span) => requestLine(span, thread, scale, out)),
    ...(hidden.length === 0
      ? []
      : [out.dim(`    … ${hidden.length} more ${hidden.length === 1 ? 'request' : 'requests'}`)]),
  ];
}

function remark(answered: number, end: string): string {
  return [answered === 0 ? '' : `${answered} answered`, end].filter((part) => part !== '').join(', ');
}

function requestsOf({ spans }: ThreadTimeline): readonly ThreadSpan[] {
  const requests = spans.filter(({ kind }) => kind === 'request');
  if (requests.length <= requestsShown) return requests;
  const bad = requests.filter(({ good }) => !good).slice(0, requestsShown);
  const rest = requests.filter(({ good }) => good).slice(bad.length - requestsShown);
  const chosen = new Set(bad.length === requestsShown ? bad : [...bad, ...rest]);
  return requests.filter((span) => chosen.has(span));
}

function loopBar(thread: ThreadTimeline, scale: Scale, out: ChalkInstance): string {
  const { startedAtMs, endedAtMs, spans } = thread;
  const cells = Array.from({ length: scale.width }, () => ' ');
  fill(cells, scale, startedAtMs, endedAtMs ?? scale.endMs, '─');
  for (const span of spans) {
    const { kind, fromMs } = span;
    if (kind !== 'request')
      fill(cells, scale, fromMs, spanEndMs(span, thread, scale.endMs), kind === 'parked' ? '▒' : '█');
  }
  return cells.join('').replace(/[▒█]+/g, (part) => out.red(part));
}

function requestLine(span: ThreadSpan, thread: ThreadTimeline, scale: Scale, out: ChalkInstance): string {
  const { text, fromMs, result, good } = span;
  const cells = Array.from({ length: scale.width }, () => ' ');
  fill(cells, scale, fromMs, spanEndMs(span, thread, scale.endMs), '┄');
  const paint = good ? out.green : out.red;
  const mark = `${good ? marks.good : marks.bad} ${cut(result ?? '', resultWidth - 2)}`;
  return `    ${toWidth(shorten(text, nameWidth - 5), nameWidth - 4)}${paint(cells.join(''))} ${paint(mark)}`;
}

function fill(cells: string[], scale: Scale, fromMs: number, toMs: number, sign: string): void {
  for (let column = scale.column(fromMs); column <= scale.column(toMs); column += 1) cells[column] = sign;
}

function toWidth(text: string, width: number): string {
  return shorten(text, width - 1).padEnd(width);
}

/** Keeps the beginning, as a sentence needs it. */
function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Keeps the end, which tells requests apart. */
function shorten(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(text.length - width + 1)}`;
}
