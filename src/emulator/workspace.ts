import { createHash } from 'node:crypto';
import { monotonicMs } from '../measure/clock.ts';
import { knownErrorCodes } from '../slack/errors.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** A token `xoxb-test-<code>` and a channel named like a code make the Web API answer with that error. */
const errorCodes: ReadonlySet<string> = new Set(knownErrorCodes);

export interface WorkspaceOptions {
  /** The only token accepted; without it any `xoxb-` or `xoxp-` token is. */
  readonly token?: string;
  /** The only channels there are, as names or IDs; without it every well-formed channel exists. */
  readonly channels?: readonly string[];
  readonly rateLimit?: RateLimit;
}

/** Slack's own: about one message a second and channel, short bursts allowed. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** Who may post, which channels there are, and how often: the state behind one base URL. */
export interface Workspace {
  /** The error for this token; null when it is good. */
  tokenError(token: string | null): string | null;
  /** The channel's ID, or the error. */
  findChannel(channel: unknown): { readonly id: string } | { readonly error: string };
  /** 0 when a message may be posted now, else the whole seconds to wait. */
  retryAfterS(token: string, channel: string): number;
  /** Unique in this workspace, as a message's identity must be. */
  nextTs(): string;
}

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const buckets = new Map<string, TokenBucket>();
  const known = options.channels === undefined ? null : new Set(options.channels.map(channelId));
  const { rateLimit } = options;
  let lastTs = 0;
  return {
    tokenError: (token) => tokenError(token, options.token),
    findChannel(channel) {
      const name = typeof channel === 'string' ? channel.replace(/^#/, '') : '';
      if (errorCodes.has(name)) return { error: name };
      const id = channelId(name);
      return !isChannel(name) || known?.has(id) === false ? { error: 'channel_not_found' } : { id };
    },
    retryAfterS(token, channel) {
      if (rateLimit === undefined) return 0;
      const key = `${token} ${channel}`;
      const bucket = buckets.get(key) ?? createTokenBucket(rateLimit.burst, 1000 / rateLimit.perSecond);
      buckets.set(key, bucket);
      return Math.ceil(bucket.take(monotonicMs()) / 1000);
    },
    nextTs() {
      lastTs = Math.max(lastTs + 1, Date.now() * 1000);
      return formatTs(lastTs);
    },
  };
}

/** Seconds since 1970 with six decimals, the last ones a counter. */
function formatTs(microseconds: number): string {
  const digits = String(microseconds);
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function tokenError(token: string | null, only: string | undefined): string | null {
  if (token === null || token === '') return 'not_authed';
  const chosen = /^xoxb-test-([a-z_]+)$/.exec(token)?.[1];
  if (chosen !== undefined && errorCodes.has(chosen)) return chosen;
  if (only !== undefined) return token === only ? null : 'invalid_auth';
  if (/^xapp-/.test(token)) return 'not_allowed_token_type';
  return /^(xoxe\.)?xox[bp]-./.test(token) ? null : 'invalid_auth';
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
  ids.set(name, id);
  return id;
}
