import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Session } from '../../emulator/emulator.ts';
import { shippedFile } from '../../package-files.ts';
import { eventFd } from '../event-log.ts';
import { observeTrial, type TrialWatch } from '../observe-trial.ts';
import { blockMs, standstillMs } from '../standstill-time.ts';
import type { Observation, ObservedSpec } from '../trial.ts';
import type { Interpreter } from './interpreter.ts';

const folder = fileURLToPath(shippedFile('fixtures/python/'));

/** How many times its patience a caller waits for another thread's answer: longer than the trial is watched. */
const bridgePatience = 2;

/** Runs one Python trial in a process of its own. */
export function runPythonTrial(
  { command }: Interpreter,
  spec: ObservedSpec,
  session: Session,
  watch: TrialWatch,
): Promise<Observation> {
  const child = spawn(command, ['-m', 'timer_notify_repro', ...argumentsFor(spec, session.baseUrl)], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: trialEnvironment(process.env),
  });
  child.stdin?.on('error', () => {});
  return observeTrial(child, spec, session, watch);
}

function argumentsFor(spec: ObservedSpec, baseUrl: string): string[] {
  const { context, strategy, count, afterMs, patienceMs, deadlineMs } = spec;
  const seconds = {
    after: afterMs,
    timeout: deadlineMs,
    deadline: patienceMs * bridgePatience,
    block: blockMs(patienceMs),
    watch: standstillMs(patienceMs),
  };
  return [
    ...['--base-url', baseUrl, '--context', context, '--strategy', strategy],
    ...Object.entries(seconds).flatMap(([name, ms]) => [`--${name}`, String(ms / 1000)]),
    ...['--count', String(count), '--event-fd', String(eventFd)],
  ];
}

/** A proxy would stand between a trial and the emulator; compiled files would be left in the package. */
function trialEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NO_PROXY: '*', no_proxy: '*', PYTHONDONTWRITEBYTECODE: '1' };
}
