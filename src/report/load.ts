import { showPerSecond } from '../measure/figures.ts';
import type { Load } from '../model/bench.ts';
import { showMs } from '../time/show-ms.ts';

/** `open loop at 200/s, 3.00 s a cell in 3 rounds`: how the load was made, in a few words. */
export function describeLoad({ arrival, durationMs, count, rounds, shard }: Load): string {
  const rate =
    arrival.mode === 'open'
      ? `open loop at ${showPerSecond(arrival.ratePerS)}`
      : `closed loop of ${arrival.concurrency}`;
  const length = count === null ? showMs(durationMs ?? 0) : `${count} notifications`;
  const part = shard === null ? '' : `, shard ${shard.index}/${shard.total}`;
  return `${rate}, ${length} a cell in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}${part}`;
}
