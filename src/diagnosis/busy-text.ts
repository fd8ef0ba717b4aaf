import type { QueuedJob } from './record.ts';

/** What keeps a pool's threads from a job that waits. */
export function busyText({
  pool,
  workers,
  busyWith,
  busyAt,
}: Pick<QueuedJob, 'pool' | 'workers' | 'busyWith' | 'busyAt'>): readonly string[] {
  if (busyAt.length === 0) return [];
  const places = busyAt.map(
    (place, index) => `${busyWith[index] === undefined ? '' : `\`${busyWith[index]}\` at `}${place}`,
  );
  return [
    `${pool}’s ${workers} ${workers === 1 ? 'thread was' : 'threads were'} in ${[...new Set(places)].join(', ')}`,
  ];
}
