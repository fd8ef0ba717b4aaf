import { resolve as resolvePath } from 'node:path';
import { askSlack } from '../diagnosis/checks/ask-slack.ts';
import { travel } from '../diagnosis/checks/journey.ts';
import type { Lookup, Surroundings } from '../diagnosis/checks/surroundings.ts';
import { throwAll, UsageError } from '../errors.ts';
import { once } from '../once.ts';
import { loadConfigFile } from '../options/config-file.ts';
import { fileLayer, type Layer, resolve, surveyEnvironment } from '../options/layers.ts';
import type { Effective } from '../options/settings.ts';
import { strategyInEffect } from '../options/strategy-in-effect.ts';
import { readTokenFile } from '../options/token.ts';
import { unknownVariables } from '../options/variables.ts';
import { readWatchSettings } from '../options/watch-settings.ts';
import { protectUrl } from '../slack/redact.ts';
import type { Target } from '../slack/target.ts';
import { acceptToken } from '../slack/token.ts';

export interface SetupRequest {
  /** The user's project: where its packages and its configuration are looked for. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** The value of `--config`. */
  readonly configFile: string | undefined;
  readonly signal: AbortSignal;
}

/** What the checks look at; where they may send is for the caller to say. */
export interface Setup extends Omit<Surroundings, 'lab' | 'handler' | 'live'> {
  /** What is in effect, without what is broken. */
  readonly settings: Effective;
}

/**
 * Reads everything that can be read without a connection. What is broken in a file, or of a token, is what the checks
 * report.
 * @throws UsageError for variables that can’t be read: whoever has set one may set it otherwise at once.
 */
export function surveySetup({ directory, env, configFile, signal }: SetupRequest): Setup {
  const file = lookUp(
    () => loadConfigFile(configFile, directory),
    (loaded) => loaded.what,
  );
  const environment = readEnvironment(env);
  const layers = file.kind === 'found' ? [environment, fileLayer(file.value)] : [environment];
  const settings = resolve(layers);
  const token = lookUpToken(env, settings, directory);
  const webhook = lookUpWebhook(settings);
  const target = targetOf(token, webhook, settings);
  return {
    directory,
    env,
    signal,
    file: file.kind === 'found' ? { ...file, value: file.value.doubts } : file,
    unknownVariables: unknownVariables(env),
    token,
    webhook,
    settings,
    strategy: strategyInEffect(settings, false),
    channel: settings.channel,
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

/** The token is looked up on its own, so that a bad one hides nothing else. */
function readEnvironment(env: NodeJS.ProcessEnv): Layer {
  const others = { ...env };
  delete others.SLACK_BOT_TOKEN;
  const { layer, problems } = surveyEnvironment(others);
  throwAll([...problems, ...readWatchSettings(env).refused]);
  return layer;
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
    () => readTokenFile(resolvePath(directory, file), file),
    () => file,
  );
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
