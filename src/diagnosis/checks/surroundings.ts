import type { SendOutcome } from '../../delivery/outcome.ts';
import type { UsageError } from '../../errors.ts';
import type { Cause } from '../../model/cause.ts';
import type { Cell } from '../../model/cell.ts';
import type { ContextName } from '../../model/names.ts';
import type { StrategyInEffect } from '../../model/strategy-in-effect.ts';
import type { Target } from '../../slack/target.ts';
import type { SlackResponse } from './ask-slack.ts';
import type { Journey } from './journey.ts';

/** Something that was looked for and is there, is not there, or cannot be used. */
export type Lookup<Value> =
  | { readonly kind: 'found'; readonly value: Value; readonly where: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly error: UsageError };

/** Delivers one confirmation and one expiry in a thread context, against a server of its own. */
export interface DeliveryLab {
  /** The cells of both paths; none where the run was interrupted. */
  deliver(context: ContextName): Promise<readonly Cell[]>;
}

/** What became of the expiry that the user's `send` was called for in one thread context. */
export type HandlerResult =
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'crashed'; readonly message: string }
  | {
      readonly kind: 'ran';
      /** From the expiry to the message's arrival, in ms; null when it never arrived. */
      readonly latencyMs: number | null;
      readonly late: boolean;
      /** Why a late arrival says nothing of `send`: the machine kept it from running. */
      readonly starved: string | null;
      readonly duplicates: number;
      readonly cause: Cause | null;
      /** What `send` had done by then: still pending; returned, or resolved; rejected. */
      readonly send: 'pending' | 'resolved' | 'rejected';
      /** Whether it was seen to begin a request or to open a connection. */
      readonly requested: boolean;
      /** What it threw at once, before it waited for anything. */
      readonly threw: string | null;
      /** Its error, or the host that it was kept from. */
      readonly message: string | null;
      /** What the emulator answered in place of taking its message, in Slack's word. */
      readonly refused: string | null;
    };

export interface HandlerLab {
  run(context: ContextName): Promise<HandlerResult>;
}

/** Sends one test message to the configured target; null when the person at the terminal said no. */
export type SendLive = () => Promise<SendOutcome | null>;

/** What the checks look at. What costs a connection is asked for once, by the first check that needs it. */
export interface Surroundings {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** The configuration file, and what of it is not in effect. */
  readonly file: Lookup<readonly string[]>;
  /** Where deliveries are tried out; null when that was not asked for. */
  readonly lab: DeliveryLab | null;
  /** Where the user's own `send` is tried out; null when none was named. */
  readonly handler: HandlerLab | null;
  /** Posts for real; null when that was not asked for. */
  readonly live: SendLive | null;
  /** Variables that are named like ours, and have no effect. */
  readonly unknownVariables: readonly UsageError[];
  readonly token: Lookup<string>;
  readonly webhook: Lookup<string>;
  /** Without settings that cannot be read. */
  readonly strategy: StrategyInEffect;
  readonly channel: { readonly value: string; readonly where: string };
  /** Where notifications would go; null when nothing is configured. */
  readonly target: Target | null;
  /** The way to the target's host, one step after another; null without a target. */
  journey(): Promise<Journey> | null;
  /** `auth.test`; null without a bot token. */
  auth(): Promise<SlackResponse> | null;
}
