import { defaults } from '../delivery/limits.ts';
import { UsageError } from '../errors.ts';
import { isObject, parseObject } from '../json-object.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { escapeText } from '../notification/escape-text.ts';
import { longText } from '../notification/limits.ts';
import { type Metadata, type Presentation, presentationIn } from '../notification/presentation.ts';
import { readButton } from '../notification/read-button.ts';
import { chooseStrategy } from '../options/choose-strategy.ts';
import type { Destination, DestinationName } from '../options/destination.ts';
import { flagLayer, type Layer } from '../options/layers.ts';
import type { Effective } from '../options/settings.ts';
import type { Target } from '../slack/target.ts';
import { newTimerName, type SendRequest } from '../trial/send.ts';
import type { CommonOptions } from './command.ts';

/** The flags of `send`, as commander has read them. */
export interface SendOptions extends CommonOptions, Presentation {
  readonly channel?: string;
  readonly after: number;
  readonly text?: string;
  readonly threadTs?: string;
  readonly button?: readonly string[];
  readonly metadata?: Metadata;
  readonly to?: DestinationName;
  readonly context?: readonly ContextName[];
  readonly strategy?: readonly StrategyName[];
  readonly timeout?: string;
  readonly retryAmbiguous?: boolean;
  readonly tokenFile?: string;
  readonly baseUrl?: string;
  readonly dryRun?: boolean;
  readonly printConfig?: boolean;
}

/** What is to be sent, before anyone watches it. */
export type Plan = Omit<SendRequest, 'interrupted' | 'onEvent'>;

export function settingFlags(options: SendOptions): Layer {
  const { channel, strategy, timeout, retryAmbiguous, tokenFile, baseUrl } = options;
  const { username, iconEmoji, iconUrl, unfurlLinks, unfurlMedia } = options;
  return flagLayer({
    channel,
    username,
    iconEmoji,
    iconUrl,
    unfurlLinks,
    unfurlMedia,
    strategy: strategy?.at(-1),
    deadlineMs: timeout,
    retryAmbiguous,
    tokenFile,
    baseUrl,
  });
}

export function contextOf({ context }: SendOptions): ContextName {
  return context?.at(-1) ?? 'worker';
}

export function planOf(options: SendOptions, settings: Effective, destination: Destination): Plan {
  const context = contextOf(options);
  const presentation = presentationOf(options, settings);
  const timerName = newTimerName();
  return {
    context,
    strategy: chooseStrategy(settings, timerName, context === 'main').strategy,
    target: destination.kind === 'emulator' ? null : destination.target,
    channel: channelOf(settings.channel.value),
    timerName,
    message: {
      ...(options.text === undefined ? {} : { text: escapeText(options.text) }),
      ...(options.threadTs === undefined ? {} : { threadTs: options.threadTs }),
      ...(options.button === undefined ? {} : { buttons: options.button.map(readButton) }),
      ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
      ...(presentation === undefined ? {} : { presentation }),
    },
    afterMs: options.after,
    deadlineMs: settings.deadlineMs.value,
    connections: settings.connections.value,
    queueLimit: settings.queueLimit.value,
    resilience: {
      maxRetries: settings.maxRetries.value,
      retryAmbiguous: settings.retryAmbiguous.value,
      rate: { perS: settings.ratePerS.value, burst: settings.rateBurst.value },
      breaker: { failures: settings.breakerFailures.value, openMs: settings.breakerOpenMs.value },
    },
    project: process.cwd(),
  };
}

/** What only a flag can say, and what the configuration can say too. */
function presentationOf(
  { markdownText, replyBroadcast, mrkdwn }: SendOptions,
  settings: Effective,
): Presentation | undefined {
  return presentationIn({
    markdownText,
    replyBroadcast,
    mrkdwn: mrkdwn === false ? false : undefined,
    username: settings.username.value ?? undefined,
    iconEmoji: settings.iconEmoji.value ?? undefined,
    iconUrl: settings.iconUrl.value ?? undefined,
    unfurlLinks: settings.unfurlLinks.value ?? undefined,
    unfurlMedia: settings.unfurlMedia.value ?? undefined,
  });
}

/** The value of `--metadata`. @throws UsageError where it is no metadata. */
export function readMetadata(text: string): Metadata {
  const metadata = parseObject(text);
  if (metadata !== null && typeof metadata.event_type === 'string' && isObject(metadata.event_payload))
    return { event_type: metadata.event_type, event_payload: metadata.event_payload };
  throw new UsageError(
    `bad --metadata "${text}"`,
    'it is not a JSON object with event_type and event_payload',
    `write for example '{"event_type":"timer","event_payload":{"kind":"tea"}}'`,
  );
}

/** `general` is meant as `#general`; IDs (C…, U…) stay as they are. */
function channelOf(text: string): string {
  return /^(#|@|[CDGUW][A-Z0-9]+$)/.test(text) ? text : `#${text}`;
}

/** Where it goes and how, for the person who waits. */
export function introduction(
  destination: Destination,
  { context, strategy }: Plan,
  { channel, text = '' }: SendOptions,
): string[] {
  const how = `from context ${context} with strategy ${strategy}`;
  const splits =
    text.length > longText ? [`Slack splits a text above ${longText} characters into several messages.`] : [];
  return [...whereTo(destination, how, channel), ...splits];
}

/** Another base may be GovSlack, a proxy or an emulator. */
function nameOf(target: Target): string {
  return target.kind === 'webhook' || target.baseUrl === defaults.baseUrl ? 'Slack' : target.baseUrl;
}

function whereTo(destination: Destination, how: string, channel: string | undefined): string[] {
  switch (destination.kind) {
    case 'emulator':
      return [
        `Sending to a local emulator of Slack ${how}.`,
        ...(destination.because === null
          ? []
          : [`It is not the real Slack because ${destination.because}; set SLACK_BOT_TOKEN to send there.`]),
      ];
    case 'slack':
      return [`Sending to ${nameOf(destination.target)} ${how}.`];
    case 'webhook':
      return [
        `Sending to the incoming webhook ${how}.`,
        ...(channel === undefined ? [] : ['A webhook posts to its own channel: --channel has no effect.']),
      ];
  }
}
