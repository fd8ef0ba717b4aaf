import type { ContextEvent } from '../contexts/context.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { Settled } from '../delivery/outcome-log.ts';
import type { ResilienceOptions } from '../delivery/resilience/options.ts';
import type { Arrival } from '../emulator/emulator.ts';
import type {
  ContextName,
  DeliveryPath,
  ReportedContextName,
  ReportedStrategyName,
  StrategyName,
} from '../model/names.ts';
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
  /** Begins each timer's id; `timer` where absent. */
  readonly timerName?: string;
}

/** What the process of one Node trial is told to do. */
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

/** What the trial's process tells, in the order in which it happened. */
export type TrialEvent = { readonly atMs: number } & (PipelineEvent | ContextEvent | Settled | PythonEvent);

export type PipelineEvent =
  | { readonly kind: 'timer-set'; readonly id: string }
  | { readonly kind: 'timers-started'; readonly count: number; readonly dueAtMs: number }
  | { readonly kind: 'expired'; readonly id: string; readonly thread: string; readonly lateByMs: number }
  | { readonly kind: 'calling'; readonly id: string; readonly path: DeliveryPath; readonly thread: string }
  | {
      readonly kind: 'outcome';
      readonly id: string;
      readonly path: DeliveryPath;
      readonly thread: string;
      readonly outcome: SendOutcome;
    }
  | { readonly kind: 'subscriber-error'; readonly message: string }
  /** The user's own `send` began a request, or threw before it returned or awaited anything. */
  | { readonly kind: 'handler-requested'; readonly id: string }
  | { readonly kind: 'handler-threw'; readonly id: string; readonly message: string }
  | { readonly kind: 'sender-ended'; readonly code: number };

/** What happened to a loop, a thread or the program of a Python trial. */
export interface PythonEvent {
  readonly kind: 'note';
  readonly note:
    | 'loop-stopped'
    | 'loop-blocked'
    | 'executor-saturated'
    | 'thread-ended'
    | 'cancelled'
    | 'main-blocked'
    | 'main-waiting'
    | 'main-unblocked'
    | 'main-exiting';
  readonly thread: string;
  /** As the program's log tells it. */
  readonly text: string;
}

/** How the process of a trial ended. */
export type TrialEnd =
  /** It was observed to the end and then stopped. */
  | { readonly kind: 'observed' }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'interrupted' };

/** Everything that is known of one trial; the server's record and the sender's word, side by side. */
export interface Observation {
  readonly arrivals: readonly Arrival[];
  readonly events: readonly TrialEvent[];
  readonly end: TrialEnd;
}

/** One trial that was run, in whichever runtime. */
export interface ObservedTrial {
  readonly spec: ObservedSpec;
  /** As the user wrote it; null where there is none. */
  readonly fault: string | null;
  readonly observation: Observation;
}

/** One that was interrupted says nothing about what would have come of it. */
export function ranToItsEnd({ observation }: ObservedTrial): boolean {
  return observation.end.kind !== 'interrupted';
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
