import { setTimeout as sleep } from 'node:timers/promises';
import type { Session, SessionStats } from '../../emulator/emulator.ts';
import { monotonicMs } from '../../time/clock.ts';
import type { Observation } from '../observation.ts';
import { inTransitMs, observeTrial } from '../observe-trial.ts';
import type { TrialSpec } from '../trial.ts';
import { type Exit, startTrialChild, type TrialChild } from '../trial-child.ts';
import type { TrialPlan } from '../trial-plan.ts';
import { TrialRecord } from '../trial-record.ts';
import type { LiveFigures, TrialWatch } from '../trial-watch.ts';
import { loadPlan } from './load-plan.ts';
import type { TrialLoad } from './trial-load.ts';

/** Everything that is known of one trial under load. */
export interface LoadObservation extends Observation {
  readonly plan: TrialPlan;
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

/** How long, in ms, the server may take to notice that sockets were closed. */
const noticeLimitMs = 500;
/** How long, in ms, a healthy trial may take to close everything. */
const closeLimitMs = 1000;

/** Runs one trial under load in a process of its own. The process is gone when `done` resolves. */
export async function startLoadTrial(
  spec: TrialSpec,
  load: TrialLoad,
  session: Session,
  interrupted: Promise<void>,
): Promise<LoadTrial> {
  const record = new TrialRecord({
    path: load.path,
    ...(spec.timerName === undefined ? {} : { timerName: spec.timerName }),
  });
  const plan = loadPlan(spec, load, record);
  const before = await session.stats();
  let stats = before;
  let leakedSockets: number | null = null;
  const trial = startTrialChild(spec);
  const beforeEnd = async (watch: TrialWatch, exited: Promise<Exit>) => {
    stats = await session.stats();
    if (watch.settled) leakedSockets = await closeAndCount(trial, watch, exited, session);
  };
  const { watch, done } = observeTrial(
    { child: trial.child, plan, server: session, beforeEnd },
    { interrupted },
  );
  return {
    calm: Promise.race([watch.calm, watch.complete]),
    done: done.then((observation) => ({
      ...observation,
      plan,
      stats,
      emulatorUtilization: utilizationBetween(before, stats),
      leakedSockets,
    })),
    live: () => watch.live(),
  };
}

async function closeAndCount(
  trial: TrialChild,
  { closed }: TrialWatch,
  exited: Promise<Exit>,
  session: Session,
): Promise<number | null> {
  trial.write('close');
  const hasClosed = await Promise.race([
    closed.then(() => true),
    exited.then(() => false),
    sleep(closeLimitMs, false),
  ]);
  if (!hasClosed) return null;
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
