import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PythonContextName, PythonStrategyName } from '../../model/names.ts';
import { shippedFile } from '../../package-files.ts';
import { eventFd } from '../event-log.ts';
import { observeTrial } from '../observe-trial.ts';
import { blockMs, standstillMs } from '../standstill-time.ts';
import type { ObservedSpec } from '../trial.ts';
import { timerPlan } from '../trial-plan.ts';
import { TrialRecord } from '../trial-record.ts';
import type { TrialRuntime } from '../trial-runtime.ts';
import { causeOfPython } from './cause-of.ts';
import type { Interpreter } from './interpreter.ts';

const folder = fileURLToPath(shippedFile('fixtures/python/'));

/** How many times its patience a caller waits for another thread's reply: longer than the trial is watched. */
const bridgePatience = 2;

export function pythonRuntime(interpreter: Interpreter): TrialRuntime<PythonContextName, PythonStrategyName> {
  const { command, version, aiohttp, requests } = interpreter;
  return {
    name: 'python',
    nameCause: causeOfPython,
    environment: { python: { version, aiohttp, requests } },
    traits: (context) => ({ resolvesHost: context === 'starved' }),
    missing: () => null,
    run(spec, session, listeners) {
      const child = spawn(command, ['-m', 'timer_notify_repro', ...argumentsFor(spec, session.baseUrl)], {
        cwd: folder,
        stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
        env: trialEnvironment(process.env),
      });
      child.stdin?.on('error', () => {});
      const plan = timerPlan(spec, new TrialRecord());
      return observeTrial({ child, plan, server: session }, listeners).done;
    },
  };
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
