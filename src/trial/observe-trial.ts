import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from '../emulator/emulator.ts';
import { CpuWait } from './cpu-wait.ts';
import type { Observation, TrialEnd } from './observation.ts';
import type { ServerRecord } from './server-record.ts';
import { type Exit, watchChild } from './trial-child.ts';
import type { TrialEvent } from './trial-event.ts';
import type { TrialPlan } from './trial-plan.ts';
import { TrialWatch } from './trial-watch.ts';

export interface TrialListeners {
  /** Resolves when the tool was asked to stop. */
  readonly interrupted: Promise<void>;
  /** Called when the timers run: until they are due, the trial only waits. */
  readonly onStarted?: () => void;
  /** Called with each event as the trial's process writes it. */
  readonly onEvent?: (event: TrialEvent) => void;
}

export interface ObservedProcess {
  readonly watch: TrialWatch;
  /** Resolves when the process is gone, whatever its threads were doing. */
  readonly done: Promise<Observation>;
}

export interface TrialProcess {
  /** Writes its events to its descriptor 3. */
  readonly child: ChildProcess;
  readonly plan: TrialPlan;
  readonly server: ServerRecord;
  /** Called when everything has been observed, while the process is still there. */
  readonly beforeEnd?: (watch: TrialWatch, exited: Promise<Exit>) => Promise<void>;
}

/** Time, in ms, that bytes on a loopback socket need to be read by the server. */
export const inTransitMs = 30;

/** Observes a trial's process from outside, until every notification has an outcome or its time is over. */
export function observeTrial(trial: TrialProcess, listeners: TrialListeners): ObservedProcess {
  const watch = new TrialWatch(trial.plan, trial.server);
  return { watch, done: observe(trial, watch, listeners) };
}

async function observe(
  { child, plan: { record }, server, beforeEnd }: TrialProcess,
  watch: TrialWatch,
  { interrupted, onStarted, onEvent }: TrialListeners,
): Promise<Observation> {
  const cpu = new CpuWait(child.pid ?? 0);
  const { exited, stderr } = watchChild(child, (line) => {
    const event: TrialEvent = JSON.parse(line);
    watch.add(event);
    onEvent?.(event);
    if (event.kind !== 'timers-started') return;
    cpu.begin();
    onStarted?.();
  });
  const end = await Promise.race([
    exited.then((exit) => endOfExit(exit, watch, stderr)),
    watch.complete.then((): TrialEnd => ({ kind: 'observed' })),
    interrupted.then((): TrialEnd => ({ kind: 'interrupted' })),
  ]);
  const withoutCpuMs = cpu.end();
  watch.end();
  const arrivals = await arrivalsUntilNow(server);
  await beforeEnd?.(watch, exited);
  child.kill('SIGKILL');
  await exited;
  return { record, arrivals, answeredAtMs: server.answeredAtMs, end, withoutCpuMs };
}

/**
 * What was written in the last moment is still on its way to the server's record. It is read before the process closes,
 * which lets a loop run that did not: what arrives only then did not arrive by itself.
 */
async function arrivalsUntilNow(server: ServerRecord): Promise<readonly Arrival[]> {
  await server.flush();
  await sleep(inTransitMs);
  await server.flush();
  return [...server.arrivals];
}

function endOfExit({ code, signal }: Exit, { started }: TrialWatch, stderr: () => string): TrialEnd {
  if (started) return { kind: 'exited', code, signal };
  return {
    kind: 'crashed',
    message: stderr().trim() || `the trial's process ended with ${signal ?? `code ${code}`}`,
  };
}
