import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerRecord } from './server-record.ts';
import type { Observation, ObservedSpec, TrialEnd } from './trial.ts';
import { type TrialListeners, TrialRecord } from './trial-record.ts';

export interface TrialWatch extends TrialListeners {
  /** Resolves when the tool was told to stop. */
  readonly interrupted: Promise<void>;
}

/** Time, in ms, that bytes on a loopback socket need to be read by the server. */
const inTransitMs = 30;

/** Bytes of a crashed trial's stderr that are kept. */
const stderrLimit = 4096;

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
  const stderr = collectStderr(child);
  const exited = exitOf(child);
  readEvents(child, record);
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

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  try {
    const [code, signal]: [number | null, string | null] = await onceExit(child);
    return { code, signal };
  } catch (error) {
    return { code: null, signal: error instanceof Error ? error.message : String(error) };
  }
}

async function onceExit(child: ChildProcess): Promise<[number | null, string | null]> {
  const [code, signal] = await once(child, 'close');
  return [typeof code === 'number' ? code : null, typeof signal === 'string' ? signal : null];
}

function endOfExit({ code, signal }: Exit, record: TrialRecord, stderr: () => string): TrialEnd {
  if (record.started) return { kind: 'exited', code, signal };
  return {
    kind: 'crashed',
    message: stderr().trim() || `the trial's process ended with ${signal ?? `code ${code}`}`,
  };
}

function collectStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < stderrLimit) text += chunk;
  });
  return () => text.slice(0, stderrLimit);
}

function readEvents(child: ChildProcess, record: TrialRecord): void {
  let rest = '';
  eventPipe(child)
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) record.add(JSON.parse(line));
    });
}

function eventPipe(child: ChildProcess): Readable {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new Error('no pipe for events');
  return pipe;
}
