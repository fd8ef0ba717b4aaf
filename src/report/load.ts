import { showBytes, showPerSecond } from '../measure/figures.ts';
import type { Load } from '../model/bench.ts';
import type { Report } from '../model/report.ts';
import type { Trials } from '../model/trials.ts';
import { showMs } from '../time/show-ms.ts';

/** `open loop at 200/s, 3.00 s a cell in 3 rounds`: how the load was made, in a few words. */
export function describeLoad({ arrival, durationMs, count, rounds, shard, runs }: Load): string {
  const rate =
    arrival.mode === 'open'
      ? `open loop at ${showPerSecond(arrival.ratePerS)}`
      : `closed loop of ${arrival.concurrency}`;
  const length = count === null ? showMs(durationMs ?? 0) : `${count} notifications`;
  const part = shard === null ? '' : `, shard ${shard.index}/${shard.total}`;
  const merged = runs === undefined ? '' : `, ${runs} runs merged`;
  return `${rate}, ${length} a cell in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}${part}${merged}`;
}

/** `1 timer a cell, due after 100 ms, outcomes awaited for 1 s`: how trials were made, in a few words. */
export function describeTrials({ count, afterMs, patienceMs, replySizeBytes }: Trials): string {
  const timers = `${count} ${count === 1 ? 'timer' : 'timers'} a cell, due after ${showMs(afterMs)}`;
  const responses = replySizeBytes === null ? '' : `, responses of ${showBytes(replySizeBytes)}`;
  return `${timers}, outcomes awaited for ${showMs(patienceMs)}${responses}`;
}

/** How what a report holds was measured; empty where it holds nothing of that kind. */
export function describeRun({ load, trials }: Pick<Report, 'load' | 'trials'>): readonly string[] {
  return [
    ...(load === undefined ? [] : [describeLoad(load)]),
    ...(trials === undefined ? [] : [describeTrials(trials)]),
  ];
}
