import type { LatencyHistogram } from '../../measure/histogram.ts';
import { histogramOf } from '../../measure/merge-cells.ts';
import type { Cell } from '../../model/cell.ts';
import { showMs } from '../../time/show-ms.ts';
import { type Axis, type Chart, type Point, renderChart } from './chart.ts';
import { html, type Markup } from './markup.ts';
import { strategyToggles } from './strategies.ts';

interface Recorded {
  readonly cell: Cell;
  readonly histogram: LatencyHistogram;
}

/** Percentile curves and distributions, a pair a context; strategies can be shown and hidden. */
export function latencySection(cells: readonly Cell[]): Markup {
  const recorded = cells
    .filter(({ latencyMs, histogram }) => latencyMs !== null && histogram !== undefined)
    .map((cell) => ({ cell, histogram: histogramOf(cell) }));
  if (recorded.length === 0) return html``;
  const axis = latencyAxis(recorded);
  const groups = groupByPlace(recorded);
  return html`<section aria-labelledby="latency"><h2 id="latency">Latency</h2>
<p>From the intended send time. Each curve says how many percent of the notifications were there by then; the flatter, the better.</p>
${strategyToggles(recorded.map(({ cell }) => cell.strategy))}
<div class="charts">${[...groups].map(([place, group], index) => [
    renderChart(percentileChart(place, group, axis), `percentiles-${index}`),
    renderChart(distributionChart(place, group, axis), `distribution-${index}`),
  ])}</div></section>`;
}

function groupByPlace(recorded: readonly Recorded[]): ReadonlyMap<string, readonly Recorded[]> {
  const severalPaths = new Set(recorded.map(({ cell }) => cell.path)).size > 1;
  const groups = new Map<string, readonly Recorded[]>();
  for (const entry of recorded) {
    const { context, path, fault } = entry.cell;
    const place = [context, severalPaths ? path : '', fault ?? ''].filter((part) => part !== '').join(', ');
    groups.set(place, [...(groups.get(place) ?? []), entry]);
  }
  return groups;
}

/** One axis for every chart, so that contexts can be compared. */
function latencyAxis(recorded: readonly Recorded[]): Axis {
  const fastest = Math.max(0.01, Math.min(...recorded.map(({ cell }) => cell.latencyMs?.min ?? 1)));
  const slowest = Math.max(...recorded.map(({ cell }) => cell.latencyMs?.max ?? 1), fastest * 10);
  const [from, to] = [Math.floor(Math.log10(fastest)), Math.ceil(Math.log10(slowest))];
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  return {
    scale: 'log',
    label: 'latency',
    domain: [10 ** from, 10 ** to],
    ticks: ticks.map((at) => ({ at, label: decade(at) })),
  };
}

function decade(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(1))} ms`;
}

const shownPercentiles = [0, 90, 99, 99.9, 99.99, 99.999] as const;

function percentileChart(place: string, group: readonly Recorded[], y: Axis): Chart {
  const most = Math.max(...group.map(({ histogram }) => histogram.count), 10);
  return {
    title: `Percentiles: ${place}`,
    description: describe(group),
    x: {
      scale: 'log',
      label: 'percentile',
      domain: [1, most],
      ticks: shownPercentiles
        .filter((percentile) => oddsAgainst(percentile) <= most)
        .map((percentile) => ({ at: oddsAgainst(percentile), label: `${percentile}` })),
    },
    y,
    series: group.map(({ cell, histogram }) => ({
      strategy: cell.strategy,
      points: percentilePoints(histogram, y.domain[0]),
    })),
    shape: 'line',
  };
}

/** How many samples there are to one beyond the percentile: 10 for p90, 100 for p99. */
function oddsAgainst(percentile: number): number {
  return 100 / (100 - percentile);
}

function percentilePoints(histogram: LatencyHistogram, floor: number): readonly Point[] {
  const stepsPerDecade = 16;
  const steps = Math.ceil(Math.log10(Math.max(1, histogram.count)) * stepsPerDecade);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const x = Math.min(10 ** (step / stepsPerDecade), histogram.count);
    return { x, y: Math.max(floor, histogram.percentile(100 * (1 - 1 / x))) };
  });
}

function distributionChart(place: string, group: readonly Recorded[], x: Axis): Chart {
  const series = group.map(({ cell, histogram }) => ({
    strategy: cell.strategy,
    points: distributionPoints(histogram, x.domain),
  }));
  const tallest = Math.max(...series.flatMap(({ points }) => points.map((point) => point.y)));
  const top = Math.ceil(tallest * 10) / 10;
  return {
    title: `Distribution: ${place}`,
    description: describe(group),
    x,
    y: {
      scale: 'linear',
      label: 'share of notifications',
      domain: [0, top],
      ticks: [0, top / 2, top].map((at) => ({ at, label: `${Math.round(at * 100)} %` })),
    },
    series,
    shape: 'steps',
  };
}

function distributionPoints(
  histogram: LatencyHistogram,
  [from, to]: readonly [number, number],
): readonly Point[] {
  const binsPerDecade = 12;
  const edgeOf = (bin: number) => from * 10 ** (bin / binsPerDecade);
  const length = Math.ceil(Math.log10(to / from) * binsPerDecade);
  const bins = new Array<number>(length).fill(0);
  for (const { ms, count } of histogram.counts()) {
    const bin = Math.floor(Math.log10(Math.max(ms, from) / from) * binsPerDecade);
    const clamped = Math.min(length - 1, bin);
    bins[clamped] = (bins[clamped] ?? 0) + count;
  }
  const first = bins.findIndex((count) => count > 0);
  const end = bins.findLastIndex((count) => count > 0) + 1;
  const points = bins
    .slice(first, end)
    .map((count, bin) => ({ x: edgeOf(first + bin), y: count / histogram.count }));
  // Up from nothing and down to it where the samples begin and end.
  return [{ x: edgeOf(first), y: 0 }, ...points, { x: edgeOf(end), y: 0 }];
}

function describe(group: readonly Recorded[]): string {
  return group
    .flatMap(({ cell: { strategy, latencyMs } }) =>
      latencyMs === null
        ? []
        : [
            `${strategy}: median ${showMs(latencyMs.p50)}, 99th percentile ${showMs(latencyMs.p99)}, maximum ${showMs(latencyMs.max)}`,
          ],
    )
    .join('; ');
}
