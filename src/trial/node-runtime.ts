import { contexts } from '../contexts/index.ts';
import type { Session } from '../emulator/emulator.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { emulatorToken } from '../slack/token.ts';
import { causeAtEmulator } from './cause-of.ts';
import { attributeArrivals } from './handler-session.ts';
import type { Observation } from './observation.ts';
import { missingHost } from './resolve-host.ts';
import { runTrial } from './run-trial.ts';
import type { ObservedSpec, TrialSpec, UserHandler } from './trial.ts';
import type { TrialRuntime } from './trial-runtime.ts';
import { warmCompileCache } from './warm-compile-cache.ts';

export interface NodeRuntimeOptions {
  /** Folder from which real hosts (Piscina …) are resolved. */
  readonly project: string;
  /** The file of the user's own `send`, used instead of the strategies. */
  readonly handler?: string;
}

export function nodeRuntime({
  project,
  handler,
}: NodeRuntimeOptions): TrialRuntime<ContextName, StrategyName> {
  const wholeSpec = (spec: NodeSpec, baseUrl: string): TrialSpec => ({
    ...spec,
    target: { kind: 'bot', baseUrl, token: emulatorToken },
    channel: '#general',
    connections: 16,
    queueLimit: Math.max(1000, 2 * spec.count),
    project,
  });
  return {
    name: 'node',
    nameCause: causeAtEmulator,
    environment: {},
    traits: (context) => contexts[context],
    missing: (context) => missingHost(context, project),
    // A user's handler is loaded as everywhere: nothing is kept of it.
    ...(handler === undefined
      ? { warmUp: (emulator) => warmCompileCache(emulator, (baseUrl) => wholeSpec(warmUpSpec, baseUrl)) }
      : {}),
    run(spec, opened, listeners) {
      const whole = wholeSpec(spec, opened.baseUrl);
      if (handler === undefined) return runTrial(whole, opened, listeners);
      const session = attributeArrivals(opened, sentByHandler, sentByUs);
      const handled = { ...whole, handler: { file: handler, env: addressesOf(session) } };
      return withRefusal(runTrial(handled, session, listeners), session);
    },
  };
}

type NodeSpec = ObservedSpec & Pick<TrialSpec, 'context' | 'strategy'>;

/** Runs the most code on one thread. */
const warmUpSpec: NodeSpec = {
  context: 'main',
  strategy: 'detached',
  count: 1,
  afterMs: 1,
  patienceMs: 1000,
  deadlineMs: 1000,
};

async function withRefusal(observation: Promise<Observation>, session: Session): Promise<Observation> {
  const observed = await observation;
  const { refused } = await session.stats();
  return { ...observed, refused };
}

function addressesOf({ baseUrl, webhookUrl }: Session): UserHandler['env'] {
  return { SLACK_API_URL: baseUrl, SLACK_WEBHOOK_URL: webhookUrl, SLACK_BOT_TOKEN: emulatorToken };
}

/** The one notification that a user's handler sends: confirmations are main's business, and go out as ever. */
const sentByHandler = { id: 'timer-1:expiry', path: 'expiry' } as const;
const sentByUs: ReadonlySet<string> = new Set(['timer-1:confirmation']);
