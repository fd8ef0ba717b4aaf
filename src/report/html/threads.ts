import type { ThreadSpan, ThreadTimeline } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { showMs } from '../../time/show-ms.ts';
import { endWord } from '../thread-end.ts';
import { spanEndMs, timelineEndMs } from '../timeline-end.ts';
import { html, type Markup } from './markup.ts';

const width = 1000;
const laneHeight = 20;
/** A page stays readable and small however much the program did. */
const spansShown = 40;

/** What each thread's loop did over the program's life, and the requests it kept. */
export function threadSection(report: Pick<Report, 'threads' | 'durationMs' | 'findings'>): Markup {
  const { threads = [], findings } = report;
  if (threads.length === 0) return html``;
  const endMs = timelineEndMs(report);
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline, 0 to ${showMs(endMs)}</h2>
<p class="key-line" aria-hidden="true">${keys.map(([kind, text]) => html`<span class="key-item"><span class="swatch ${kind}"></span>${text}</span>`)}</p>
${threads.map((thread) => threadFigure(thread, endMs, endWord(thread, findings)))}</section>`;
}

const keys = [
  ['running', 'loop runs'],
  ['parked', 'parked'],
  ['blocked', 'blocked'],
  ['pending', 'request under way'],
  ['pending bad', 'request that failed or whose response was incomplete'],
] as const;

function threadFigure(thread: ThreadTimeline, endMs: number, end: string): Markup {
  const { name, id, isMain, answered } = thread;
  const requests = thread.spans.filter(({ kind }) => kind === 'request').slice(0, spansShown);
  const remarks = [
    ...(isMain ? [] : [`thread ${id}`]),
    ...(answered === 0 ? [] : [`${answered} requests answered`]),
    ...(end === '' ? [] : [end]),
  ];
  return html`<figure class="chart"><figcaption>${name} <small>${remarks.join(', ')}</small></figcaption>
<div role="img" aria-label="${describe(thread)}">${lane('loop', loopBars(thread, endMs))}
${requests.map((span) => requestLane(span, thread, endMs))}
</div></figure>`;
}

/** Only the bars stretch with the page: text has the page’s own size. */
function lane(label: string, bars: readonly Markup[], title = label): Markup {
  return html`<div class="lane" title="${title}"><span>${label}</span><svg viewBox="0 0 ${width} ${laneHeight}" preserveAspectRatio="none">${bars}</svg></div>`;
}

function loopBars(thread: ThreadTimeline, endMs: number): readonly Markup[] {
  const { startedAtMs, endedAtMs, spans } = thread;
  const standstills = spans.filter(({ kind }) => kind !== 'request').slice(0, spansShown);
  return [
    bar('running', startedAtMs, endedAtMs ?? endMs, endMs, 8, 4),
    ...standstills.map((span) => bar(span.kind, span.fromMs, spanEndMs(span, thread, endMs), endMs, 3, 14)),
  ];
}

function requestLane(span: ThreadSpan, thread: ThreadTimeline, endMs: number): Markup {
  const { text, result, good, fromMs } = span;
  const bars = [bar(good ? 'pending' : 'pending bad', fromMs, spanEndMs(span, thread, endMs), endMs, 7, 6)];
  const outcome = result === null ? '' : `: ${result}`;
  return lane(`${shortened(text)}${outcome}`, bars, `${text}${outcome}`);
}

/** Method and path; of a long path, the end, which tells requests apart. */
function shortened(text: string): string {
  const [, method = '', path = text] = /^(\S+) \w+:\/\/[^/\s]+(\/.*)$/.exec(text) ?? [];
  return `${method} ${path.length > 24 ? `…${path.slice(-23)}` : path}`.trim();
}

function bar(kind: string, fromMs: number, toMs: number, endMs: number, y: number, height: number): Markup {
  const scale = width / endMs;
  return html`<rect class="${kind}" x="${(fromMs * scale).toFixed(1)}" y="${y}" width="${Math.max(1, (toMs - fromMs) * scale).toFixed(1)}" height="${height}"/>`;
}

/** The same in words, for those who cannot see the chart. */
function describe({ name, spans }: ThreadTimeline): string {
  const parts = spans.slice(0, spansShown).map(({ kind, text, fromMs, toMs, result }) => {
    const until = toMs === null ? 'to the end' : `to ${showMs(toMs)}`;
    return `${kind === 'request' ? text : `${kind} in ${text}`} from ${showMs(fromMs)} ${until}${result === null ? '' : `, ${result}`}`;
  });
  return parts.length === 0 ? `${name}: its loop ran` : `${name}: ${parts.join('; ')}`;
}
