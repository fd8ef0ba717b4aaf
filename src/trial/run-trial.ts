import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { observeTrial, type TrialWatch } from './observe-trial.ts';
import type { ServerRecord } from './server-record.ts';
import type { Observation, TrialSpec } from './trial.ts';

const entry = fileURLToPath(new URL('./trial.process.js', import.meta.url));

/** Runs one trial in a process of its own. */
export async function runTrial(
  spec: TrialSpec,
  server: ServerRecord,
  watch: TrialWatch,
): Promise<Observation> {
  const child = spawn(process.execPath, [entry], {
    cwd: spec.project,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...trialEnvironment(process.env), ...spec.handler?.env },
  });
  const observed = observeTrial(child, spec, server, watch);
  writeSpec(child, spec);
  return observed;
}

/** Node options of the tool's own process (a loader, a probe, a debugger) must not act inside a trial. */
function trialEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _unused, ...rest } = env;
  return rest;
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
