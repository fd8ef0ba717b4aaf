import { scaleLinear, scaleLog } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import type { ReportedStrategyName } from '../../model/names.ts';
import { html, type Markup } from './markup.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly strategy: ReportedStrategyName;
  readonly points: readonly Point[];
}

export interface Axis {
  readonly scale: 'log' | 'linear';
  readonly label: string;
  readonly domain: readonly [number, number];
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

export interface Chart {
  readonly title: string;
  /** What a reader who does not see the chart should know. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly shape: 'line' | 'steps';
}

const size = { width: 440, height: 270 };
const margin = { top: 12, right: 26, bottom: 42, left: 76 };

/** A line chart as SVG: needs no script, prints, and follows the page's colours. */
export function renderChart(chart: Chart, id: string): Markup {
  const x = scaleOf(chart.x, [margin.left, size.width - margin.right]);
  const y = scaleOf(chart.y, [size.height - margin.bottom, margin.top]);
  const path = line<Point>()
    .x((point) => x(point.x))
    .y((point) => y(point.y));
  if (chart.shape === 'steps') path.curve(curveStepAfter);
  return html`<figure class="chart"><figcaption>${chart.title}</figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">${chart.title}</title><desc id="${id}-text">${chart.description}</desc>
${chart.y.ticks.map(({ at, label }) => horizontalTick(y(at), label))}
${chart.x.ticks.map(({ at, label }) => verticalTick(x(at), label))}
<text class="axis" x="${(margin.left + size.width - margin.right) / 2}" y="${size.height - 6}" text-anchor="middle">${chart.x.label}</text>
<text class="axis" x="14" y="${(margin.top + size.height - margin.bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(margin.top + size.height - margin.bottom) / 2})">${chart.y.label}</text>
${chart.series.map(({ strategy, points }) => html`<path class="line ${strategy}" d="${rounded(path([...points]) ?? '')}"><title>${strategy}</title></path>`)}
</svg></figure>`;
}

function scaleOf({ scale, domain }: Axis, range: readonly [number, number]): (value: number) => number {
  const built = scale === 'log' ? scaleLog() : scaleLinear();
  const drawn = built.domain([...domain]).range([...range]);
  return (value) => drawn(value);
}

function horizontalTick(at: number, label: string): Markup {
  return html`<path class="grid" d="M${margin.left} ${at.toFixed(1)}H${size.width - margin.right}"/><text x="${margin.left - 6}" y="${(at + 4).toFixed(1)}" text-anchor="end">${label}</text>
`;
}

function verticalTick(at: number, label: string): Markup {
  return html`<path class="grid" d="M${at.toFixed(1)} ${margin.top}V${size.height - margin.bottom}"/><text x="${at.toFixed(1)}" y="${size.height - margin.bottom + 16}" text-anchor="middle">${label}</text>
`;
}

/** A tenth of a pixel is enough; sixteen digits would make the page several times as large. */
function rounded(path: string): string {
  return path.replaceAll(/\d+\.\d+/g, (digits) => Number(digits).toFixed(1));
}
