import type { EventOf, LoopSeen } from '../event.ts';
import type { LoopRecord, PythonRecord } from '../record.ts';

/** Where a loop stands that runs and does not turn. */
export interface Standing {
  readonly forMs: number;
  readonly place: Pick<LoopSeen, 'statement' | 'stack' | 'waitsFor' | 'inLock'>;
  /** The `Future.result()` it stands in, where it is one. */
  readonly wait: EventOf<'wait'> | null;
}

/** Whether the loop stood still when last seen, and still does. */
export function standingOf(loop: LoopRecord | undefined, record: PythonRecord): Standing | null {
  const seen = loop?.seen;
  if (loop === undefined || seen === null || seen === undefined) return null;
  if (loop.state !== 'running' || seen.polling) return null;
  const wait = record.waits.find((item) => item.loop === loop.number) ?? null;
  return { forMs: seen.stoodMs, place: seen, wait };
}

/** The longest time between `from` and `to` in which the loop did not turn. */
export function longestStanding(
  loop: LoopRecord | undefined,
  from: number,
  to: number,
  record: PythonRecord,
): Standing | null {
  const past = (loop?.stood ?? [])
    .filter((stood) => stood.t > from && stood.t - stood.forMs < to)
    .map((stood): Standing => ({ forMs: stood.forMs, place: stood, wait: waitIn(stood, record) }));
  const now = standingOf(loop, record);
  return [...past, ...(now === null ? [] : [now])].reduce<Standing | null>(
    (longest, next) => (longest === null || next.forMs > longest.forMs ? next : longest),
    null,
  );
}

/** The `Future.result()` that took up most of a standstill. */
function waitIn({ l, t, forMs }: EventOf<'stood'>, { pastWaits }: PythonRecord): EventOf<'wait'> | null {
  return pastWaits.find((wait) => wait.loop === l && wait.t >= t - forMs && wait.t <= t - forMs / 2) ?? null;
}

/** Whether a loop waits, in its own thread, for something that only its own turning can bring about. */
export function waitsForItself(loop: LoopRecord, standing: Standing, record: PythonRecord): boolean {
  if (standing.wait !== null) return dependsOn(standing.wait.h, loop, record);
  if (!standing.place.inLock) return false;
  return record.handovers.some(
    ({ made, end }) =>
      end === null &&
      made.loop === loop.number &&
      (standing.place.waitsFor === null ? false : made.thread.id === standing.place.waitsFor),
  );
}

/** Whether the handover, or what was handed back from the thread that does its work, needs this loop. */
function dependsOn(number: number | null, loop: LoopRecord, record: PythonRecord): boolean {
  const awaited = record.handovers.find(({ made }) => made.h === number);
  if (awaited === undefined) return false;
  if (awaited.made.loop === loop.number) return true;
  const worker = record.loops.get(awaited.made.loop)?.thread;
  return record.handovers.some(
    ({ made, end }) => end === null && made.loop === loop.number && made.thread.id === worker?.id,
  );
}
