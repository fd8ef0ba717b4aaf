import type { ThreadSpan, ThreadTimeline } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { endWord } from '../thread-end.ts';
import { html, type Markup } from './markup.ts';

const width = 800;
const nameWidth = 170;
const rowHeight = 20;
/** A page stays readable and small however much the program did. */
const spansShown = 40;

/** What each thread's loop did over the program's life, and the requests it kept. */
export function threadSection({ threads = [], durationMs }: Pick<Report, 'threads' | 'durationMs'>): Markup {
  if (threads.length === 0) return html``;
  const endMs = Math.max(1, durationMs, ...threads.flatMap(lastMoments));
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline, 0 to ${showMs(endMs)}</h2>
<p class="key-line" aria-hidden="true"><span class="swatch running"></span> loop runs <span class="swatch parked"></span> parked <span class="swatch blocked"></span> blocked <span class="swatch pending"></span> request under way <span class="swatch pending bad"></span> request without an answer</p>
${threads.map((thread) => threadFigure(thread, endMs))}</section>`;
}

function lastMoments({ startedAtMs, endedAtMs, spans }: ThreadTimeline): readonly number[] {
  return [startedAtMs, endedAtMs ?? 0, ...spans.map(({ fromMs, toMs }) => toMs ?? fromMs)];
}

function threadFigure(thread: ThreadTimeline, endMs: number): Markup {
  const { name, id, isMain, answered, end } = thread;
  const requests = thread.spans.filter(({ kind }) => kind === 'request').slice(0, spansShown);
  const height = rowHeight * (requests.length + 1);
  const remarks = [
    ...(isMain ? [] : [`thread ${id}`]),
    ...(answered === 0 ? [] : [`${answered} requests answered`]),
    ...(end === null ? [] : [endWord(end)]),
  ];
  return html`<figure class="chart"><figcaption>${name} <small>${remarks.join(', ')}</small></figcaption>
<div class="wide" role="region" aria-label="timeline of ${name}" tabindex="0"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(thread)}">
${loopBars(thread, endMs)}
${requests.map((span, index) => requestRow(span, endMs, rowHeight * (index + 1)))}
</svg></div></figure>`;
}

function loopBars({ startedAtMs, endedAtMs, spans }: ThreadTimeline, endMs: number): readonly Markup[] {
  const lastMs = endedAtMs ?? endMs;
  const standstills = spans.filter(({ kind }) => kind !== 'request').slice(0, spansShown);
  return [
    bar('running', startedAtMs, lastMs, endMs, 8, 4),
    ...standstills.map(({ kind, fromMs, toMs }) => bar(kind, fromMs, toMs ?? lastMs, endMs, 3, 14)),
  ];
}

function requestRow({ text, result, good, fromMs, toMs }: ThreadSpan, endMs: number, y: number): Markup {
  const label = text.length > 24 ? `…${text.slice(-23)}` : text;
  return html`<text x="0" y="${y + 14}">${label}</text>${bar(good ? 'pending' : 'pending bad', fromMs, toMs ?? endMs, endMs, y + 7, 6)}<title>${result === null ? text : `${text}: ${result}`}</title>`;
}

function bar(kind: string, fromMs: number, toMs: number, endMs: number, y: number, height: number): Markup {
  const scale = (width - nameWidth) / endMs;
  const x = nameWidth + fromMs * scale;
  return html`<rect class="${kind}" x="${x.toFixed(1)}" y="${y}" width="${Math.max(1, (toMs - fromMs) * scale).toFixed(1)}" height="${height}"/>`;
}

/** The same in words, for those who cannot see the chart. */
function describe({ name, spans }: ThreadTimeline): string {
  const parts = spans.slice(0, spansShown).map(({ kind, text, fromMs, toMs, result }) => {
    const until = toMs === null ? 'to the end' : `to ${showMs(toMs)}`;
    return `${kind === 'request' ? text : `${kind} in ${text}`} from ${showMs(fromMs)} ${until}${result === null ? '' : `, ${result}`}`;
  });
  return parts.length === 0 ? `${name}: its loop ran` : `${name}: ${parts.join('; ')}`;
}
