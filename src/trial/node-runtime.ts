import { contexts } from '../contexts/index.ts';
import type { Session } from '../emulator/emulator.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { emulatorToken } from '../slack/token.ts';
import { causeOf } from './cause-of.ts';
import { attributeUnmarked } from './handler-session.ts';
import type { Observation } from './observation.ts';
import { missingHost } from './resolve-host.ts';
import { runTrial } from './run-trial.ts';
import type { UserHandler } from './trial.ts';
import type { TrialRuntime } from './trial-runtime.ts';

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
  return {
    name: 'node',
    nameCause: causeOf,
    environment: {},
    traits: (context) => contexts[context],
    missing: (context) => missingHost(context, project),
    run(spec, opened, listeners) {
      const session = handler === undefined ? opened : attributeUnmarked(opened, handled);
      const whole = {
        ...spec,
        target: { kind: 'bot' as const, baseUrl: session.baseUrl, token: emulatorToken },
        channel: '#general',
        connections: 16,
        queueLimit: Math.max(1000, 2 * spec.count),
        project,
        ...(handler === undefined ? {} : { handler: { file: handler, env: addressesOf(session) } }),
      };
      const observation = runTrial(whole, session, listeners);
      return handler === undefined ? observation : withRefusal(observation, session);
    },
  };
}

async function withRefusal(observation: Promise<Observation>, session: Session): Promise<Observation> {
  const observed = await observation;
  const { refused } = await session.stats();
  return { ...observed, refused };
}

function addressesOf({ baseUrl, webhookUrl }: Session): UserHandler['env'] {
  return { SLACK_API_URL: baseUrl, SLACK_WEBHOOK_URL: webhookUrl, SLACK_BOT_TOKEN: emulatorToken };
}

/** The one notification that a user's handler sends: confirmations are main's business, and go out as ever. */
const handled = { id: 'timer-1:expiry', path: 'expiry' } as const;
