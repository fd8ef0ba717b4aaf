import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServerRecord } from './server-record.ts';
import type { Observation, TrialEnd, TrialSpec } from './trial.ts';
import { type TrialListeners, TrialRecord } from './trial-record.ts';

export interface TrialWatch extends TrialListeners {
  /** Resolves when the tool was told to stop. */
  readonly interrupted: Promise<void>;
}

const entry = fileURLToPath(new URL('./trial.process.js', import.meta.url));

/** Time, in ms, that bytes on a loopback socket need to be read by the server. */
const inTransitMs = 30;

/** Bytes of a crashed trial's stderr that are kept. */
const stderrLimit = 4096;

/**
 * Runs one trial in a process of its own and observes it from outside, until every notification has an outcome or its
 * time is over. The process is gone when this resolves, whatever its threads were doing.
 */
export async function runTrial(
  spec: TrialSpec,
  server: ServerRecord,
  watch: TrialWatch,
): Promise<Observation> {
  const child = spawn(process.execPath, [entry], {
    cwd: spec.project,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: trialEnvironment(process.env),
  });
  const record = new TrialRecord(spec, server, watch);
  const stderr = collectStderr(child);
  const exited = exitOf(child);
  readEvents(child, record);
  writeSpec(child, spec);
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

/** Node options of the tool's own process (a loader, a probe, a debugger) must not act inside a trial. */
function trialEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _unused, ...rest } = env;
  return rest;
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

function writeSpec(child: ChildProcess, spec: TrialSpec): void {
  const pipe = child.stdio[4];
  if (pipe === null || pipe === undefined || !isWritable(pipe)) throw new Error('no lifeline');
  for (const stream of [pipe, child.stdin]) stream?.on('error', () => {});
  pipe.write(`${JSON.stringify(spec)}\n`);
}

function isWritable(stream: Readable | Writable): stream is Writable {
  return 'write' in stream;
}
