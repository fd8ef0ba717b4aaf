import { chooseStrategy } from '../config/choose-strategy.ts';
import type { Destination, DestinationName } from '../config/destination.ts';
import type { Effective, Layer, Sourced } from '../config/sources.ts';
import { UsageError } from '../errors.ts';
import type { ContextName, StrategyName } from '../model/names.ts';
import { escapeText } from '../notification/escape-text.ts';
import { longText } from '../notification/limits.ts';
import { readButton } from '../notification/read-button.ts';
import { newTimerName, type SendRequest } from '../trial/send.ts';
import type { CommonOptions } from './command.ts';

/** The flags of `send`, as commander has read them. */
export interface SendOptions extends CommonOptions {
  readonly channel?: string;
  readonly after: number;
  readonly text?: string;
  readonly threadTs?: string;
  readonly button?: readonly string[];
  readonly to?: DestinationName;
  readonly context?: readonly ContextName[];
  readonly strategy?: readonly StrategyName[];
  readonly timeout?: number;
  readonly retryAmbiguous?: boolean;
  readonly tokenFile?: string;
  readonly baseUrl?: string;
  readonly dryRun?: boolean;
  readonly printConfig?: boolean;
}

/** What is to be sent, before anyone watches it. */
export type Plan = Omit<SendRequest, 'interrupted' | 'onEvent'>;

export function flagLayer(options: SendOptions): Layer {
  const flag = <Value>(value: Value | undefined, where: string): Sourced<Value> | undefined =>
    value === undefined ? undefined : { value, source: 'flag', where };
  return {
    channel: flag(options.channel, '--channel'),
    strategy: flag(options.strategy?.at(-1), '--strategy'),
    deadlineMs: flag(options.timeout, '--timeout'),
    retryAmbiguous: flag(options.retryAmbiguous, '--retry-ambiguous'),
    tokenFile: flag(options.tokenFile, '--token-file'),
    baseUrl: flag(baseUrlOf(options.baseUrl), '--base-url'),
  };
}

function baseUrlOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
    return text.endsWith('/') ? text : `${text}/`;
  throw new UsageError(
    `bad --base-url "${text}"`,
    'it is no http or https URL',
    'write for example https://slack-gov.com/api/',
  );
}

export function planOf(options: SendOptions, settings: Effective, destination: Destination): Plan {
  const context = options.context?.at(-1) ?? 'worker';
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
      return [`Sending to Slack ${how}.`];
    case 'webhook':
      return [
        `Sending to the incoming webhook ${how}.`,
        ...(channel === undefined ? [] : ['A webhook posts to its own channel: --channel has no effect.']),
      ];
  }
}
