import { sampleStandardDeviation } from 'simple-statistics';
import type { Load, Warning } from '../model/bench.ts';
import type { Cell, Round } from '../model/cell.ts';
import type { ReportedContextName } from '../model/names.ts';
import { showMs } from '../time/show-ms.ts';
import { cellName, showPercent, showPerSecond } from './figures.ts';

/** A median that swings by more than this share of itself, and by more than `noiseFloorMs`, is noise. */
const noiseShare = 0.25;
const noiseFloorMs = 0.5;
/** The generator must offer what was asked to within 1 %. */
const offeredShare = 0.99;
const hiccupMs = 50;
const emulatorBusy = 0.9;

/**
 * Why the figures should not be trusted, or not too far; empty when nothing speaks against them.
 * @param callsOnce contexts in which the sender's loop stops at its first call
 */
export function caveats(
  cells: readonly Cell[],
  load: Load,
  callsOnce: ReadonlySet<ReportedContextName>,
): readonly Warning[] {
  const measured = cells.filter(({ skipped }) => skipped === null);
  return [
    ...measured.flatMap((cell) => [
      ...noisyRounds(cell),
      ...saturatedGenerator(cell, load),
      ...busyEmulator(cell),
      ...leakedSockets(cell),
    ]),
    ...sentAtOnce(measured, callsOnce),
    ...fewSamples(measured),
  ];
}

function noisyRounds(cell: Cell): readonly Warning[] {
  const medians = (cell.rounds ?? []).flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs.p50]));
  if (medians.length < 2) return [];
  const spread = sampleStandardDeviation(medians);
  const middle = medians.reduce((sum, value) => sum + value, 0) / medians.length;
  if (spread <= noiseFloorMs || spread <= noiseShare * middle) return [];
  const range = `${showMs(Math.min(...medians))} to ${showMs(Math.max(...medians))}`;
  return [
    warn('noisy-rounds', cell, `the median went from ${range} between rounds; run it on a quiet machine`),
  ];
}

function saturatedGenerator(cell: Cell, { arrival }: Load): readonly Warning[] {
  if (arrival.mode === 'closed') return [];
  const { ratePerS } = arrival;
  const slow = (cell.rounds ?? []).filter((round) => fellBehind(round, ratePerS));
  if (slow.length === 0) return [];
  const offered = Math.min(...slow.map(({ offeredPerS }) => offeredPerS));
  const text = `only ${showPerSecond(offered)} of the ${showPerSecond(ratePerS)} that were due could be called: the sending thread is saturated; lower --rate`;
  return [warn('generator-saturated', cell, text)];
}

/** One hiccup at the end of a short round is more than 1 %, and no saturation. */
function fellBehind({ sent, offeredPerS }: Round, ratePerS: number): boolean {
  if (offeredPerS >= ratePerS * offeredShare) return false;
  return sent * (1000 / offeredPerS - 1000 / ratePerS) > hiccupMs;
}

function busyEmulator(cell: Cell): readonly Warning[] {
  const utilization = cell.resources?.emulatorUtilization ?? 0;
  if (utilization < emulatorBusy) return [];
  const text = `the emulator's loop was ${showPercent(utilization)} busy: its limit was measured, not the strategy's; lower the load`;
  return [warn('emulator-bottleneck', cell, text)];
}

function leakedSockets(cell: Cell): readonly Warning[] {
  const leaked = cell.resources?.leakedSockets ?? 0;
  if (leaked === 0) return [];
  return [warn('sockets-leaked', cell, `${leaked} sockets were still open after the strategy was closed`)];
}

function sentAtOnce(cells: readonly Cell[], callsOnce: ReadonlySet<ReportedContextName>): readonly Warning[] {
  const names = new Set(
    cells
      .filter(({ path, context }) => path === 'expiry' && callsOnce.has(context))
      .map(({ context }) => context),
  );
  if (names.size === 0) return [];
  const text = `in ${[...names].join(', ')} the sender’s loop stops at its first call: a round's notifications were sent at once`;
  return [{ code: 'sent-at-once', cell: null, text }];
}

/** A percentile needs ten samples beyond it before it is more than a story about one of them. */
function fewSamples(cells: readonly Cell[]): readonly Warning[] {
  const counts = cells.map(({ delivered }) => delivered).filter((delivered) => delivered > 0);
  const fewest = Math.min(...counts);
  if (counts.length === 0 || fewest >= 10_000) return [];
  const weak = fewest < 1000 ? 'p99 and p99.9 rest' : 'p99.9 rests';
  const text = `${weak} on few samples (${fewest} in the smallest cell); run longer or with a higher --rate`;
  return [{ code: 'few-samples', cell: null, text }];
}

function warn(code: Warning['code'], cell: Cell, text: string): Warning {
  return { code, cell: cellName(cell), text };
}
