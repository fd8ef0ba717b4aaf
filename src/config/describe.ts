import { formatDuration } from '../notification/duration.ts';
import type { SettingKey } from './settings.ts';
import type { Effective } from './sources.ts';

export interface SettingRow {
  /** The key as the configuration file writes it. */
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly where: string;
}

const names: Readonly<Record<SettingKey, string>> = {
  strategy: 'delivery.strategy',
  deadlineMs: 'delivery.deadline',
  maxRetries: 'delivery.max_retries',
  retryAmbiguous: 'delivery.retry_ambiguous',
  connections: 'delivery.connections',
  queueLimit: 'delivery.queue_limit',
  ratePerS: 'delivery.rate_limit.per_second',
  rateBurst: 'delivery.rate_limit.burst',
  breakerFailures: 'delivery.circuit_breaker.failures',
  breakerOpenMs: 'delivery.circuit_breaker.open_for',
  channel: 'slack.channel',
  baseUrl: 'slack.base_url',
  tokenFile: 'slack.token_file',
  token: 'SLACK_BOT_TOKEN',
  webhookUrl: 'SLACK_WEBHOOK_URL',
  enableThreadingFix: 'enable_threading_fix',
  rolloutPercentage: 'rollout_percentage',
  threadSafeFallback: 'communication.http_client.thread_safe_fallback',
  useSharedSession: 'communication.slack.use_shared_session',
};

/** Every setting in effect and where it came from; secrets say only that they are set. */
export function describeSettings(settings: Effective): readonly SettingRow[] {
  const row = (key: SettingKey, value: SettingRow['value']) => ({
    key: names[key],
    value,
    where: settings[key].where,
  });
  return [
    row('strategy', settings.strategy.value),
    row('deadlineMs', formatDuration(settings.deadlineMs.value)),
    row('maxRetries', settings.maxRetries.value),
    row('retryAmbiguous', settings.retryAmbiguous.value),
    row('connections', settings.connections.value),
    row('queueLimit', settings.queueLimit.value),
    row('ratePerS', settings.ratePerS.value),
    row('rateBurst', settings.rateBurst.value),
    row('breakerFailures', settings.breakerFailures.value),
    row('breakerOpenMs', formatDuration(settings.breakerOpenMs.value)),
    row('channel', settings.channel.value),
    row('baseUrl', settings.baseUrl.value),
    row('tokenFile', settings.tokenFile.value),
    row('token', masked(settings.token.value)),
    row('webhookUrl', masked(settings.webhookUrl.value)),
    row('enableThreadingFix', settings.enableThreadingFix.value),
    row('rolloutPercentage', settings.rolloutPercentage.value),
    row('threadSafeFallback', settings.threadSafeFallback.value),
    row('useSharedSession', settings.useSharedSession.value),
  ];
}

function masked(secret: string | null): string | null {
  return secret === null ? null : '*** (set)';
}
