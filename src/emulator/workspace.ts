import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject } from '../json-object.ts';
import { knownErrorCodes } from '../slack/errors.ts';
import { monotonicMs } from '../time/clock.ts';
import type { ArgumentValues } from './arguments.ts';
import { BoundedMap, forgetOldest } from './bounded-map.ts';
import { createHistory, type History } from './history.ts';
import type { Effect } from './response-builders.ts';
import { createResponseUrls, type ResponseUrls } from './response-urls.ts';
import { Schedule, type ScheduledMessage } from './schedule.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** The bot that every token belongs to. */
export const bot = {
  user: 'U0TIMERBOT',
  bot: 'B0TIMERBOT',
  team: 'T0TIMERTEAM',
  app: 'A0TIMERAPP',
  name: 'timer-notify',
} as const;

/** Methods that want an app-level token (`xapp-`). */
const appLevelMethods: ReadonlySet<string> = new Set(['apps.connections.open']);

/** What `auth.test` itself can say: https://docs.slack.dev/reference/methods/auth.test#errors */
const authErrors: ReadonlySet<string> = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'access_denied',
  'accesslimited',
  'not_allowed_token_type',
  'org_login_required',
  'two_factor_setup_required',
  'team_access_not_granted',
]);

/** A token `xoxb-test-<code>` and a channel named like a code make the Web API answer with that error. */
const errorCodes: ReadonlySet<string> = new Set(knownErrorCodes);

export interface WorkspaceOptions {
  /** The only token accepted; without it any `xoxb-` or `xoxp-` token is. */
  readonly token?: string;
  /** The only channels there are, as names or IDs; without it every well-formed channel exists. */
  readonly channels?: readonly string[];
  readonly rateLimit?: RateLimit;
  /** Of the whole workspace and every method, beside the one by channel. */
  readonly workspaceRateLimit?: RateLimit;
  /** The only client that OAuth knows; without it any is. */
  readonly client?: Client;
  /** Answers `ok: true`, with a warning, where Slack would refuse a call's arguments or the emulator lacks the method. */
  readonly lenient?: boolean;
}

/** How an app is known to Slack's OAuth. */
export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** Names kept for `conversations.list`. */
const mostChannels = 10_000;

/** Rates kept, each of one token in one channel, and IDs of names; the oldest are forgotten. */
const mostRates = 10_000;
const mostIds = 10_000;

/** URLs of Socket Mode given out and not used; the oldest are forgotten. */
const mostTickets = 1000;

/** Slack's own: about one message a second and channel, short bursts allowed. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** Who may post, which channels there are, and how often: the state behind one base URL. */
export interface Workspace {
  /** The error for this token; null when it is good. */
  tokenError(token: string | null, method: string): string | null;
  /** The channel's ID, or the error. */
  findChannel(channel: unknown): { readonly id: string } | { readonly error: string };
  /** 0 when a message may be posted now, else the whole seconds to wait. */
  retryAfterS(token: string, channel: string): number;
  /** The same for any call, by the limit of the whole workspace. */
  callRetryAfterS(): number;
  readonly client: Client | null;
  readonly lenient: boolean;
  /** Unique in this workspace, as a message's identity must be. */
  nextTs(): string;
  /** Channels that were named since the start, or the only ones there are. */
  channels(): readonly Channel[];
  /** Who a message of these arguments is from: a `username` or icon makes it a `bot_message`. */
  author(values: ArgumentValues): JsonObject;
  /** What is known of a channel beside its name. */
  stateOf(channel: string): ChannelState;
  readonly states: BoundedMap<ChannelState>;
  readonly history: History;
  /** What a request did, once it is certain that it did. */
  apply(effect: Effect): void;
  readonly scheduled: Schedule;
  readonly uploads: BoundedMap<Upload>;
  /** Modals and home tabs, by their ID. */
  readonly views: BoundedMap<JsonObject>;
  /** What a `response_url` answers to, by its path. */
  readonly responses: ResponseUrls;
  /** A ticket with which one Socket Mode connection may be opened. */
  nextTicket(): string;
  /** Of Socket Mode connections that may be opened, once each. */
  readonly tickets: Set<string>;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
}

export interface ChannelState {
  readonly topic: string;
  readonly purpose: string;
  readonly archived: boolean;
  readonly members: readonly string[];
  /** `ts` of messages. */
  readonly pins: ReadonlySet<string>;
}

const newChannel: ChannelState = {
  topic: '',
  purpose: '',
  archived: false,
  members: [bot.user],
  pins: new Set(),
};

export interface Upload {
  readonly id: string;
  readonly name: string;
  /** Bytes announced. */
  readonly length: number;
  /** Bytes received; null before. */
  received: number | null;
  /** As Slack's methods give it, once the upload was completed; null before. */
  file: JsonObject | null;
}

const botAuthor: JsonObject = {
  user: bot.user,
  bot_id: bot.bot,
  app_id: bot.app,
  team: bot.team,
  bot_profile: { id: bot.bot, app_id: bot.app, name: bot.name, deleted: false, team_id: bot.team },
};

/** `post` is called when a scheduled message's time has come. */
export function createWorkspace(
  options: WorkspaceOptions,
  post: (message: ScheduledMessage) => void = () => {},
): Workspace {
  const buckets = new Map<string, TokenBucket>();
  const known = options.channels === undefined ? null : new Set(options.channels.map(channelId));
  const { rateLimit, workspaceRateLimit } = options;
  const everyCall = workspaceRateLimit === undefined ? null : bucketOf(workspaceRateLimit);
  const named = new Map(
    (options.channels ?? ['general', 'random']).map((name) => [channelId(name), name.replace(/^#/, '')]),
  );
  let lastTs = 0;
  const history = createHistory();
  const states = new BoundedMap<ChannelState>();
  const tickets = new Set<string>();
  return {
    history,
    states,
    stateOf: (channel) => states.get(channel) ?? newChannel,
    apply(effect) {
      switch (effect.kind) {
        case 'posted':
          for (const message of [effect.message, ...effect.rest])
            if (message.visibleTo === null) history.add(message);
          break;
        case 'changed':
          history.replace(effect.message);
          break;
        case 'deleted':
          history.remove(effect.channel, effect.ts);
          break;
      }
    },
    scheduled: new Schedule(post),
    uploads: new BoundedMap(),
    views: new BoundedMap(),
    responses: createResponseUrls(),
    tickets,
    nextTicket() {
      const ticket = randomUUID();
      forgetOldest(tickets, mostTickets);
      tickets.add(ticket);
      return ticket;
    },
    channels: () => [...named].map(([id, name]) => ({ id, name })),
    author({ username, icon_emoji, icon_url }) {
      if (username === undefined && icon_emoji === undefined && icon_url === undefined) return botAuthor;
      return {
        subtype: 'bot_message',
        bot_id: bot.bot,
        app_id: bot.app,
        ...(username === undefined ? {} : { username }),
        ...(icon_emoji === undefined ? {} : { icons: { emoji: icon_emoji } }),
      };
    },
    tokenError: (token, method) => tokenError(token, method, options.token),
    findChannel(channel) {
      const name = typeof channel === 'string' ? channel.replace(/^#/, '') : '';
      if (asksForError(channel)) return { error: name };
      const id = channelId(name);
      if (!isChannel(name) || known?.has(id) === false) return { error: 'channel_not_found' };
      if (!named.has(id) && named.size < mostChannels) named.set(id, isId(name) ? id.toLowerCase() : name);
      return { id };
    },
    retryAfterS(token, channel) {
      if (rateLimit === undefined) return 0;
      const key = `${token} ${channel}`;
      const known = buckets.get(key);
      if (known !== undefined) return secondsUntil(known);
      const bucket = bucketOf(rateLimit);
      forgetOldest(buckets, mostRates);
      buckets.set(key, bucket);
      return secondsUntil(bucket);
    },
    callRetryAfterS: () => (everyCall === null ? 0 : secondsUntil(everyCall)),
    client: options.client ?? null,
    lenient: options.lenient === true,
    nextTs() {
      lastTs = Math.max(lastTs + 1, Date.now() * 1000);
      return formatTs(lastTs);
    },
  };
}

function bucketOf({ burst, perSecond }: RateLimit): TokenBucket {
  return createTokenBucket(burst, 1000 / perSecond);
}

function secondsUntil(bucket: TokenBucket): number {
  return Math.ceil(bucket.take(monotonicMs()) / 1000);
}

/** Seconds since 1970 with six decimals, the last ones a counter. */
function formatTs(microseconds: number): string {
  const digits = String(microseconds);
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function tokenError(token: string | null, method: string, only: string | undefined): string | null {
  if (token === null || token === '') return 'not_authed';
  const chosen = /^xoxb-test-([a-z_]+)$/.exec(token)?.[1];
  // `auth.test` says no only where the token itself is what is wrong: a bot must get as far as its own call.
  if (chosen !== undefined && errorCodes.has(chosen) && (method !== 'auth.test' || authErrors.has(chosen)))
    return chosen;
  if (appLevelMethods.has(method)) return /^xapp-./.test(token) ? null : 'not_allowed_token_type';
  if (only !== undefined) return token === only ? null : 'invalid_auth';
  if (/^xapp-/.test(token)) return 'not_allowed_token_type';
  return /^(xoxe\.)?xox[bp]-./.test(token) ? null : 'invalid_auth';
}

/** Whether a call names an error in place of its channel. */
export function asksForError(channel: unknown): boolean {
  return typeof channel === 'string' && errorCodes.has(channel.replace(/^#/, ''));
}

/** An ID (`C024BE91L`, `U…` for a direct message), or a name as Slack allows them. */
function isChannel(name: string): boolean {
  return isId(name) || /^[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u.test(name);
}

function isId(name: string): boolean {
  return /^[CGDUW][A-Z0-9]+$/.test(name);
}

const ids = new Map<string, string>();

function channelId(nameOrId: string): string {
  const name = nameOrId.replace(/^#/, '');
  if (isId(name)) return /^[UW]/.test(name) ? `D${name.slice(1)}` : name;
  const known = ids.get(name);
  if (known !== undefined) return known;
  const id = `C${createHash('sha256').update(name).digest('hex').slice(0, 10).toUpperCase()}`;
  forgetOldest(ids, mostIds);
  ids.set(name, id);
  return id;
}
