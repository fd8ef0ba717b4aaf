import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival, Session, SessionStats } from '../../emulator/emulator.ts';
import { monotonicMs } from '../../time/clock.ts';
import type { TrialEnd, TrialSpec } from '../trial.ts';
import { startTrialChild, type TrialChild, type WatchedChild, watchChild } from '../trial-child.ts';
import { type LiveFigures, LoadRecord } from './load-record.ts';
import type { TrialLoad } from './trial-load.ts';

/** Everything that is known of one trial under load. */
export interface LoadObservation {
  readonly record: LoadRecord;
  readonly arrivals: Session['arrivals'];
  readonly answeredAtMs: Session['answeredAtMs'];
  readonly end: TrialEnd;
  readonly stats: SessionStats;
  /** Of the emulator's loop during the load, 0..1. */
  readonly emulatorUtilization: number | null;
  /** Sockets still open after everything was closed; null where the trial could not close. */
  readonly leakedSockets: number | null;
}

export interface LoadTrial {
  /** Resolves when the trial only waits, or is over: the next may start. */
  readonly calm: Promise<void>;
  readonly done: Promise<LoadObservation>;
  live(): LiveFigures;
}

/** Time, in ms, that bytes on a loopback socket need to be read by the server. */
const inTransitMs = 30;
/** How long, in ms, the server may take to notice that sockets were closed. */
const noticeLimitMs = 500;
/** How long, in ms, a healthy trial may take to close everything. */
const closeLimitMs = 1000;

/** Runs one trial under load in a process of its own. The process is gone when `done` resolves. */
export function startLoadTrial(
  spec: TrialSpec,
  load: TrialLoad,
  session: Session,
  interrupted: Promise<void>,
): LoadTrial {
  const record = new LoadRecord(spec, load, session);
  const done = observe(record, spec, session, interrupted);
  const over = done.then(() => {});
  return { calm: Promise.race([record.calm, record.complete, over]), done, live: () => record.live() };
}

async function observe(
  record: LoadRecord,
  spec: TrialSpec,
  session: Session,
  interrupted: Promise<void>,
): Promise<LoadObservation> {
  const before = await session.stats();
  const trial = startTrialChild(spec);
  const watched = watchChild(trial.child, (line) => record.add(JSON.parse(line)));
  const end = await Promise.race([
    watched.exited.then(
      ({ code, signal }): TrialEnd =>
        record.startAtMs === null
          ? {
              kind: 'crashed',
              message: watched.stderr().trim() || `it ended with ${signal ?? `code ${code}`}`,
            }
          : { kind: 'exited', code, signal },
    ),
    record.complete.then((): TrialEnd => ({ kind: 'observed' })),
    interrupted.then((): TrialEnd => ({ kind: 'interrupted' })),
  ]);
  const stats = await session.stats();
  const arrivals = await arrivalsUntilNow(session);
  const leakedSockets = record.settled ? await closeAndCount(trial, watched, record, session) : null;
  trial.child.kill('SIGKILL');
  await watched.exited;
  record.stop();
  const emulatorUtilization = utilizationBetween(before, stats);
  return {
    record,
    arrivals,
    answeredAtMs: session.answeredAtMs,
    end,
    stats,
    emulatorUtilization,
    leakedSockets,
  };
}

/** Closing lets a loop turn that stood still: what arrives only then did not arrive by itself. */
async function arrivalsUntilNow(session: Session): Promise<readonly Arrival[]> {
  await session.flush();
  await sleep(inTransitMs);
  await session.flush();
  return [...session.arrivals];
}

async function closeAndCount(
  trial: TrialChild,
  { exited }: WatchedChild,
  record: LoadRecord,
  session: Session,
): Promise<number | null> {
  trial.tell('close');
  const closed = await Promise.race([
    record.closed.then(() => true),
    exited.then(() => false),
    sleep(closeLimitMs, false),
  ]);
  if (!closed) return null;
  const endsAtMs = monotonicMs() + noticeLimitMs;
  for (;;) {
    const { open } = await session.stats();
    if (open === 0 || monotonicMs() > endsAtMs) return open;
    await sleep(inTransitMs);
  }
}

function utilizationBetween(before: SessionStats, after: SessionStats): number | null {
  const activeMs = after.loop.activeMs - before.loop.activeMs;
  const idleMs = after.loop.idleMs - before.loop.idleMs;
  return activeMs + idleMs <= 0 ? null : activeMs / (activeMs + idleMs);
}
