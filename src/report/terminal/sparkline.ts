import type { LatencyCount } from '../../measure/histogram.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The range of a logarithmic axis, in ms. */
export interface LogRange {
  readonly min: number;
  readonly max: number;
}

/** How latencies are distributed over a logarithmic axis, a character a bin; a bin without a sample stays blank. */
export function sparkline(counts: Iterable<LatencyCount>, range: LogRange, width: number): string {
  const bins = new Array<number>(width).fill(0);
  for (const { ms, count } of counts) {
    const bin = binOf(ms, range, width);
    bins[bin] = (bins[bin] ?? 0) + count;
  }
  const tallest = Math.max(...bins);
  return bins.map((count) => (count === 0 ? ' ' : barOf(count / tallest))).join('');
}

/** The position of a latency on the axis, 0 to `width - 1`. */
export function binOf(ms: number, { min, max }: LogRange, width: number): number {
  const share = Math.log(Math.max(ms, min) / min) / Math.log(max / min);
  return Math.min(width - 1, Math.max(0, Math.floor(share * width)));
}

function barOf(share: number): string {
  return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))] ?? bars[0];
}
