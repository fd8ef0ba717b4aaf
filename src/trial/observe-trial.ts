import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerRecord } from './server-record.ts';
import type { Observation, ObservedSpec, TrialEnd } from './trial.ts';
import { type Exit, watchChild } from './trial-child.ts';
import { type TrialListeners, TrialRecord } from './trial-record.ts';

export interface TrialWatch extends TrialListeners {
  /** Resolves when the tool was told to stop. */
  readonly interrupted: Promise<void>;
}

/** Time, in ms, that bytes on a loopback socket need to be read by the server. */
const inTransitMs = 30;

/**
 * Observes a trial's process from outside, until every notification has an outcome or its time is over. It writes its
 * events to its descriptor 3, and is gone when this resolves, whatever its threads were doing.
 */
export async function observeTrial(
  child: ChildProcess,
  spec: ObservedSpec,
  server: ServerRecord,
  watch: TrialWatch,
): Promise<Observation> {
  const record = new TrialRecord(spec, server, watch);
  const { exited, stderr } = watchChild(child, (line) => record.add(JSON.parse(line)));
  const end = await Promise.race([
    exited.then((exit) => endOfExit(exit, record, stderr)),
    record.complete.then((): TrialEnd => ({ kind: 'observed' })),
    watch.interrupted.then((): TrialEnd => ({ kind: 'interrupted' })),
  ]);
  child.kill('SIGKILL');
  await exited;
  record.stop();
  await lastArrivals(server);
  return { arrivals: [...server.arrivals], events: record.events, end };
}

/** What a process wrote in its last moment is still on its way to the server's record. */
async function lastArrivals(server: ServerRecord): Promise<void> {
  await server.flush();
  await sleep(inTransitMs);
  await server.flush();
}

function endOfExit({ code, signal }: Exit, record: TrialRecord, stderr: () => string): TrialEnd {
  if (record.started) return { kind: 'exited', code, signal };
  return {
    kind: 'crashed',
    message: stderr().trim() || `the trial's process ended with ${signal ?? `code ${code}`}`,
  };
}
