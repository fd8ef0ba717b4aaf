import { readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { UsageError } from '../../errors.ts';
import { type LoadedConfigFile, loadConfigFile } from '../../options/config-file.ts';
import { environmentLayer, fileLayer, type Layer, resolve } from '../../options/layers.ts';
import type { Effective } from '../../options/settings.ts';
import { protectUrl } from '../../slack/redact.ts';
import type { Target } from '../../slack/target.ts';
import { acceptToken } from '../../slack/token.ts';
import { askSlack, type SlackAnswer } from './ask-slack.ts';
import type { DeliveryLab } from './delivery.ts';
import type { HandlerLab } from './handler.ts';
import { type Journey, travel } from './journey.ts';
import type { SendLive } from './live.ts';

export interface SurroundingsRequest {
  /** The user's project: where its packages and its configuration are looked for. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** The value of `--config`. */
  readonly configFile: string | undefined;
  readonly signal: AbortSignal;
  readonly lab: DeliveryLab | null;
  readonly handler: HandlerLab | null;
  readonly live: SendLive | null;
}

/** Something that was looked for and is there, is not there, or cannot be used. */
export type Lookup<Value> =
  | { readonly kind: 'found'; readonly value: Value; readonly where: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly error: UsageError };

/** What the checks look at. What costs a connection is asked for once, by the first check that needs it. */
export interface Surroundings {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly file: Lookup<LoadedConfigFile>;
  /** Where deliveries are tried out; null when that was not asked for. */
  readonly lab: DeliveryLab | null;
  /** Where the user's own `send` is tried out; null when none was named. */
  readonly handler: HandlerLab | null;
  /** Posts for real; null when that was not asked for. */
  readonly live: SendLive | null;
  /** A variable that cannot be read, the token's apart. */
  readonly badVariable: UsageError | null;
  readonly token: Lookup<string>;
  readonly webhook: Lookup<string>;
  /** What is in effect, without what is broken. */
  readonly settings: Effective;
  /** Where notifications would go; null when nothing is configured. */
  readonly target: Target | null;
  /** The way to the target's host, one step after another; null without a target. */
  journey(): Promise<Journey> | null;
  /** `auth.test`; null without a bot token. */
  auth(): Promise<SlackAnswer> | null;
}

/** Reads everything that can be read without a connection. Never throws: what is broken is what the checks report. */
export function surveySurroundings({
  directory,
  env,
  configFile,
  signal,
  lab,
  handler,
  live,
}: SurroundingsRequest): Surroundings {
  const file = lookUp(
    () => loadConfigFile(configFile, directory),
    (loaded) => loaded.name,
  );
  const environment = readEnvironment(env);
  const layers = file.kind === 'found' ? [environment.layer, fileLayer(file.value)] : [environment.layer];
  const settings = resolve(layers);
  const token = lookUpToken(env, settings, directory);
  const webhook = lookUpWebhook(settings);
  const target = targetOf(token, webhook, settings);
  return {
    directory,
    env,
    signal,
    lab,
    handler,
    live,
    file,
    badVariable: environment.error,
    token,
    webhook,
    settings,
    target,
    journey: once(() => (target === null ? null : travel(hostOf(target), signal))),
    auth: once(() =>
      token.kind === 'found'
        ? askSlack({ baseUrl: settings.baseUrl.value, method: 'auth.test', token: token.value, signal })
        : null,
    ),
  };
}

function lookUp<Value>(read: () => Value | null, where: (value: Value) => string): Lookup<Value> {
  try {
    const value = read();
    return value === null ? { kind: 'absent' } : { kind: 'found', value, where: where(value) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'bad', error };
    throw error;
  }
}

interface ReadEnvironment {
  readonly layer: Layer;
  readonly error: UsageError | null;
}

/** The token is looked up on its own, so that a bad one hides nothing else. */
function readEnvironment(env: NodeJS.ProcessEnv): ReadEnvironment {
  const others = { ...env };
  delete others.SLACK_BOT_TOKEN;
  try {
    return { layer: environmentLayer(others), error: null };
  } catch (error) {
    if (error instanceof UsageError) return { layer: {}, error };
    throw error;
  }
}

function lookUpToken(env: NodeJS.ProcessEnv, settings: Effective, directory: string): Lookup<string> {
  const variable = env.SLACK_BOT_TOKEN;
  if (variable !== undefined && variable !== '') {
    return lookUp(
      () => acceptToken(variable, 'SLACK_BOT_TOKEN'),
      () => 'SLACK_BOT_TOKEN',
    );
  }
  const file = settings.tokenFile.value;
  if (file === null) return { kind: 'absent' };
  return lookUp(
    () => acceptToken(readToken(resolvePath(directory, file), file), file),
    () => file,
  );
}

function readToken(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the token file ${name}`, reason, 'correct slack.token_file', {
      cause: error,
    });
  }
}

function lookUpWebhook(settings: Effective): Lookup<string> {
  const { value, where } = settings.webhookUrl;
  if (value === null) return { kind: 'absent' };
  protectUrl(value);
  return { kind: 'found', value, where };
}

function targetOf(token: Lookup<string>, webhook: Lookup<string>, settings: Effective): Target | null {
  if (token.kind === 'found') return { kind: 'bot', baseUrl: settings.baseUrl.value, token: token.value };
  return webhook.kind === 'found' ? { kind: 'webhook', url: webhook.value } : null;
}

/** Without the path, which is a webhook's secret. */
function hostOf(target: Target): URL {
  return new URL(new URL(target.kind === 'bot' ? target.baseUrl : target.url).origin);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
