import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { protectUrl } from '../slack/redact.ts';
import { acceptToken } from '../slack/token.ts';
import type { KeyPath, LoadedConfigFile } from './config-file.ts';
import { values } from './schema.ts';
import { defaultSettings, type SettingKey, type Settings } from './settings.ts';

/** A value and where it came from. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  /** `--channel`, `SLACK_BOT_TOKEN`, `timer-notify.config.yaml:3`, `default`. */
  readonly where: string;
}

/** What one source says; what it doesn't say is left to the next. */
export type Layer = { readonly [Key in SettingKey]?: Sourced<Settings[Key]> | undefined };

export type Effective = { readonly [Key in SettingKey]: Sourced<Settings[Key]> };

/** Earlier layers win; defaults fill what nobody set. */
export function resolve(layers: readonly Layer[]): Effective {
  const pick = <Key extends SettingKey>(key: Key): Sourced<Settings[Key]> => {
    for (const layer of layers) {
      const found = layer[key];
      if (found !== undefined) return found;
    }
    return { value: defaultSettings[key], source: 'default', where: 'default' };
  };
  return {
    strategy: pick('strategy'),
    deadlineMs: pick('deadlineMs'),
    maxRetries: pick('maxRetries'),
    retryAmbiguous: pick('retryAmbiguous'),
    connections: pick('connections'),
    queueLimit: pick('queueLimit'),
    ratePerS: pick('ratePerS'),
    rateBurst: pick('rateBurst'),
    breakerFailures: pick('breakerFailures'),
    breakerOpenMs: pick('breakerOpenMs'),
    channel: pick('channel'),
    baseUrl: pick('baseUrl'),
    token: pick('token'),
    tokenFile: pick('tokenFile'),
    webhookUrl: pick('webhookUrl'),
    enableThreadingFix: pick('enableThreadingFix'),
    rolloutPercentage: pick('rolloutPercentage'),
    threadSafeFallback: pick('threadSafeFallback'),
    useSharedSession: pick('useSharedSession'),
  };
}

export function fileLayer(file: LoadedConfigFile): Layer {
  const { delivery, slack, communication, enable_threading_fix, rollout_percentage } = file.value;
  const at = <Value>(value: Value | undefined, path: KeyPath): Sourced<Value> | undefined =>
    value === undefined ? undefined : { value, source: 'file', where: whereIn(file, path) };
  const httpClient = communication?.http_client;
  const session = communication?.slack;
  return {
    strategy: at(delivery?.strategy, ['delivery', 'strategy']),
    deadlineMs:
      at(delivery?.deadline, ['delivery', 'deadline']) ??
      at(inMs(httpClient?.timeout_seconds), ['communication', 'http_client', 'timeout_seconds']),
    maxRetries:
      at(delivery?.max_retries, ['delivery', 'max_retries']) ??
      at(httpClient?.max_retries, ['communication', 'http_client', 'max_retries']),
    retryAmbiguous: at(delivery?.retry_ambiguous, ['delivery', 'retry_ambiguous']),
    connections:
      at(delivery?.connections, ['delivery', 'connections']) ??
      at(session?.session_pool_size, ['communication', 'slack', 'session_pool_size']),
    queueLimit: at(delivery?.queue_limit, ['delivery', 'queue_limit']),
    ratePerS: at(delivery?.rate_limit?.per_second, ['delivery', 'rate_limit', 'per_second']),
    rateBurst: at(delivery?.rate_limit?.burst, ['delivery', 'rate_limit', 'burst']),
    breakerFailures: at(delivery?.circuit_breaker?.failures, ['delivery', 'circuit_breaker', 'failures']),
    breakerOpenMs: at(delivery?.circuit_breaker?.open_for, ['delivery', 'circuit_breaker', 'open_for']),
    channel: at(slack?.channel, ['slack', 'channel']),
    baseUrl: at(withSlash(slack?.base_url), ['slack', 'base_url']),
    tokenFile: at(slack?.token_file, ['slack', 'token_file']),
    enableThreadingFix: at(enable_threading_fix, ['enable_threading_fix']),
    rolloutPercentage: at(rollout_percentage, ['rollout_percentage']),
    threadSafeFallback: at(httpClient?.thread_safe_fallback, [
      'communication',
      'http_client',
      'thread_safe_fallback',
    ]),
    useSharedSession: at(session?.use_shared_session, ['communication', 'slack', 'use_shared_session']),
  };
}

/** @throws UsageError naming the variable. */
export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  const read = <Value>(name: string, schema: z.ZodType<Value>): Sourced<Value> | undefined => {
    const text = env[name];
    return text === undefined || text === ''
      ? undefined
      : { value: parseVariable(name, text, schema), source: 'environment', where: name };
  };
  const token = read('SLACK_BOT_TOKEN', values.text);
  const webhookUrl = protectedUrl(read('SLACK_WEBHOOK_URL', values.text), env);
  const baseUrl = read('SLACK_API_URL', values.url);
  return {
    strategy: read('TIMER_NOTIFY_STRATEGY', values.strategy),
    deadlineMs: read('TIMER_NOTIFY_DEADLINE', values.duration),
    maxRetries: read('TIMER_NOTIFY_MAX_RETRIES', values.retries),
    retryAmbiguous: read('TIMER_NOTIFY_RETRY_AMBIGUOUS', values.flag),
    connections: read('TIMER_NOTIFY_CONNECTIONS', values.connections),
    queueLimit: read('TIMER_NOTIFY_QUEUE_LIMIT', values.queueLimit),
    ratePerS: read('TIMER_NOTIFY_RATE_PER_SECOND', values.perSecond),
    rateBurst: read('TIMER_NOTIFY_RATE_BURST', values.burst),
    breakerFailures: read('TIMER_NOTIFY_BREAKER_FAILURES', values.failures),
    breakerOpenMs: read('TIMER_NOTIFY_BREAKER_OPEN_FOR', values.duration),
    channel: read('TIMER_NOTIFY_CHANNEL', values.text),
    baseUrl: baseUrl && { ...baseUrl, value: withSlash(baseUrl.value) ?? baseUrl.value },
    token: token && { ...token, value: acceptToken(token.value, 'SLACK_BOT_TOKEN') },
    webhookUrl,
    enableThreadingFix: read('TIMER_NOTIFY_ENABLE_THREADING_FIX', values.flag),
    rolloutPercentage: read('TIMER_NOTIFY_ROLLOUT_PERCENTAGE', values.percentage),
  };
}

/** The URL is a secret, so it is protected before it can be refused. */
function protectedUrl(url: Sourced<string> | undefined, env: NodeJS.ProcessEnv): Sourced<string> | undefined {
  if (url === undefined) return undefined;
  protectUrl(env.SLACK_WEBHOOK_URL ?? '');
  return { ...url, value: parseVariable('SLACK_WEBHOOK_URL', url.value.trim(), values.url) };
}

function parseVariable<Value>(name: string, text: string, schema: z.ZodType<Value>): Value {
  const asText = schema.safeParse(text);
  if (asText.success) return asText.data;
  const asScalar = schema.safeParse(scalarOf(text));
  if (asScalar.success) return asScalar.data;
  const reason = asText.error.issues[0]?.code === 'invalid_type' ? asScalar.error : asText.error;
  throw new UsageError(
    `bad value of ${name}`,
    reason.issues[0]?.message.replace(/^Invalid input: /, '') ?? 'it is not valid',
    'correct the environment variable, or unset it',
  );
}

function scalarOf(text: string): string | number | boolean {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const number = Number(word);
  return word === '' || Number.isNaN(number) ? text : number;
}

function whereIn(file: LoadedConfigFile, path: KeyPath): string {
  const line = file.lineOf(path);
  return line === null ? file.name : `${file.name}:${line}`;
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function withSlash(url: string | undefined): string | undefined {
  return url === undefined || url.endsWith('/') ? url : `${url}/`;
}
