import type { ResilienceOptions } from '../delivery/resilience/options.ts';
import type { ContextName, ReportedContextName, ReportedStrategyName, StrategyName } from '../model/names.ts';
import type { Button } from '../notification/notification.ts';
import type { Metadata, Presentation } from '../notification/presentation.ts';
import type { TimerRequest } from '../pipeline/supervisor.ts';
import type { Target } from '../slack/target.ts';
import type { TrialLoad } from './load/trial-load.ts';

/** What a trial's timers say, where it is not the usual. */
export interface TimerMessage {
  /** Slack mrkdwn of the expiry. */
  readonly text?: string;
  readonly threadTs?: string;
  /** Below the expiry. */
  readonly buttons?: readonly Button[];
  /** Markdown and the broadcast of a reply are the expiry's only. */
  readonly presentation?: Presentation;
  /** Of the expiry. */
  readonly metadata?: Metadata;
}

export interface UserHandler {
  /** Absolute path of the file that exports it. */
  readonly file: string;
  /** Where it finds the address to post to; a real token or webhook in the environment must not reach it. */
  readonly env: Readonly<Record<'SLACK_API_URL' | 'SLACK_WEBHOOK_URL' | 'SLACK_BOT_TOKEN', string>>;
}

/** What a trial is about, in whichever runtime it runs. */
export interface ObservedSpec {
  readonly context: ReportedContextName;
  readonly strategy: ReportedStrategyName;
  /** Timers that expire at once. */
  readonly count: number;
  /** From the confirmation to the expiry, in ms. */
  readonly afterMs: number;
  readonly patienceMs: number;
  /** The client's own timeout for one notification, in ms. */
  readonly deadlineMs: number;
  /** Begins each timer's id; default: `timer`. */
  readonly timerName?: string;
}

/** What the process of one Node trial is to do. */
export interface TrialSpec extends ObservedSpec {
  readonly context: ContextName;
  readonly strategy: StrategyName;
  readonly target: Target;
  readonly channel: string;
  readonly connections: number;
  readonly queueLimit: number;
  readonly resilience?: ResilienceOptions;
  /** True has the thread that makes the requests log their outcomes too. */
  readonly logsOutcomes?: boolean;
  readonly message?: TimerMessage;
  /** The user's own `send`, used instead of the strategy. */
  readonly handler?: UserHandler;
  /** A load of timers in place of `count` that expire at once. */
  readonly load?: TrialLoad;
  /** Folder from which real hosts (Piscina …) are resolved. */
  readonly project: string;
}

export function timerIdOf({ timerName = 'timer' }: Pick<ObservedSpec, 'timerName'>, index: number): string {
  return `${timerName}-${index + 1}`;
}

export function timerOf(
  spec: Pick<TrialSpec, 'timerName' | 'afterMs' | 'channel' | 'message'>,
  index: number,
): TimerRequest {
  const { afterMs, channel, message } = spec;
  return { id: timerIdOf(spec, index), durationMs: afterMs, channel, ...message };
}
