// One file, however long: every setting, and everything that is said of it.
import * as z from 'zod';
import { defaults, type Range, ranges } from '../delivery/limits.ts';
import { UsageError } from '../errors.ts';
import { parseThreshold } from '../measure/threshold.ts';
import { type StrategyName, strategyNames } from '../model/names.ts';
import { nearest } from '../nearest.ts';
import { formatDuration, parseDuration } from '../notification/duration.ts';
import { presentationFields } from '../notification/presentation.ts';

/** What a setting is for and where it can be set. */
export interface About {
  readonly help: string;
  /** Its key in the configuration file; null where it does not belong in a file. */
  readonly file: string | null;
  /** Its key in the shape of the bot's own configuration; `file` wins. */
  readonly botFile?: {
    readonly key: string;
    readonly schema: z.ZodType;
    readonly convert: (value: unknown) => unknown;
  };
  readonly variable: string | null;
  readonly flag: string | null;
  /** Never shown, only that it is set. */
  readonly secret?: true;
  /** How a value reads in a table; default: as it is. */
  readonly show?: (value: unknown) => string;
}

/** A value and where it came from. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  /** `--channel`, `SLACK_BOT_TOKEN`, `timer-notify.config.yaml:3`, `default`. */
  readonly where: string;
}

/** A value as its source wrote it, already accepted by the setting's schema. */
export interface Given {
  readonly value: unknown;
  readonly source: 'flag' | 'environment' | 'file';
  readonly where: string;
}

const given = z.object({
  value: z.unknown(),
  source: z.enum(['flag', 'environment', 'file']),
  where: z.string(),
});

interface Declaration extends About {
  /** What a value must be, as the file has it or as the text of a variable or a flag. */
  readonly schema: z.ZodType;
  /** The default, in the unit that the program works with. */
  readonly initial: unknown;
}

const declarations = new WeakMap<z.ZodType, Declaration>();

/** One declaration: what it accepts, its default, and what the help, the file, the environment and the docs say of it. */
function setting<Value>(schema: z.ZodType<Value>, initial: Value, about: About) {
  const inherited: Sourced<Value> = { value: initial, source: 'default', where: 'default' };
  const sourced = given.optional().transform((set): Sourced<Value> => {
    return set === undefined ? inherited : { ...set, value: schema.parse(set.value) };
  });
  declarations.set(sourced, { ...about, schema, initial });
  return sourced;
}

/** One wording for a file, a variable and a flag. */
function between(schema: typeof z.int | typeof z.number, { from, to }: Range, noun: string) {
  const error = `it must be ${noun} from ${from} to ${to}`;
  return schema({ error }).min(from, error).max(to, error);
}
const whole = (range: Range) => between(z.int, range, 'a whole number');
const number = (range: Range) => between(z.number, range, 'a number');
const secondsProblem = 'it must be a number of seconds above 0, up to 3600';
const seconds = z
  .number(secondsProblem)
  .positive(secondsProblem)
  .max(3600, secondsProblem)
  .describe('seconds');
const flag = z.boolean('it must be true or false');
const text = z.string('it must be a text').min(1, 'it must not be empty');
const thresholdText = text.superRefine((expr, context) => {
  try {
    parseThreshold(expr);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.addIssue({ code: 'custom', message: `${error.what}: ${error.why}` });
  }
});
const listProblem = 'it must be a list with at least one text, for example [p99<1s]';
const httpUrl = z.url({ protocol: /^https?$/, error: 'it is not an http or https URL' });
const duration = z
  .string({ error: ({ input }) => durationProblem(String(input)) })
  .transform((value, context) => readDuration(value, context))
  .describe('a duration such as 500ms, 15s or 2m');
const showDuration = (value: unknown) => formatDuration(Number(value));
const asIs = (value: unknown) => value;

/** Everything that can be configured, in the units that the program works with. */
export const settings = z.object({
  strategy: setting<StrategyName | null>(
    z.enum(strategyNames, { error: ({ input }) => strategyProblem(String(input)) }).nullable(),
    null,
    {
      help: 'delivery strategy; if unset, chosen by the switches of the threading fix',
      file: 'delivery.strategy',
      variable: 'TIMER_NOTIFY_STRATEGY',
      flag: '--strategy',
    },
  ),
  deadlineMs: setting<number>(duration, defaults.deadlineMs, {
    help: 'total time for one notification, retries included',
    file: 'delivery.deadline',
    botFile: {
      key: 'communication.http_client.timeout_seconds',
      schema: seconds,
      convert: (seconds) => `${String(seconds)}s`,
    },
    variable: 'TIMER_NOTIFY_DEADLINE',
    flag: '--timeout',
    show: showDuration,
  }),
  maxRetries: setting<number>(whole(ranges.maxRetries), defaults.maxRetries, {
    help: 'attempts after the first, for what was provably not posted',
    file: 'delivery.max_retries',
    botFile: {
      key: 'communication.http_client.max_retries',
      schema: whole(ranges.maxRetries),
      convert: asIs,
    },
    variable: 'TIMER_NOTIFY_MAX_RETRIES',
    flag: null,
  }),
  retryAmbiguous: setting<boolean>(flag, defaults.retryAmbiguous, {
    help: 'also send again what may have been posted, at the risk of a duplicate',
    file: 'delivery.retry_ambiguous',
    variable: 'TIMER_NOTIFY_RETRY_AMBIGUOUS',
    flag: '--retry-ambiguous',
  }),
  connections: setting<number>(whole(ranges.connections), defaults.connections, {
    help: 'sockets kept open to Slack',
    file: 'delivery.connections',
    botFile: {
      key: 'communication.slack.session_pool_size',
      schema: whole(ranges.connections),
      convert: asIs,
    },
    variable: 'TIMER_NOTIFY_CONNECTIONS',
    flag: null,
  }),
  queueLimit: setting<number>(whole(ranges.queueLimit), defaults.queueLimit, {
    help: 'notifications accepted and not settled; past it `send` fails with `queue-full`',
    file: 'delivery.queue_limit',
    variable: 'TIMER_NOTIFY_QUEUE_LIMIT',
    flag: null,
  }),
  ratePerS: setting<number>(number(ranges.ratePerS), defaults.ratePerS, {
    help: 'messages a second to one channel; Slack allows about one',
    file: 'delivery.rate_limit.per_second',
    variable: 'TIMER_NOTIFY_RATE_PER_SECOND',
    flag: null,
  }),
  rateBurst: setting<number>(whole(ranges.rateBurst), defaults.rateBurst, {
    help: 'messages to one channel that may go at once after a quiet time',
    file: 'delivery.rate_limit.burst',
    variable: 'TIMER_NOTIFY_RATE_BURST',
    flag: null,
  }),
  breakerFailures: setting<number>(whole(ranges.breakerFailures), defaults.breakerFailures, {
    help: 'failures of the server or the network in a row after which requests stop for a while',
    file: 'delivery.circuit_breaker.failures',
    variable: 'TIMER_NOTIFY_BREAKER_FAILURES',
    flag: null,
  }),
  breakerOpenMs: setting<number>(duration, defaults.breakerOpenMs, {
    help: 'how long requests then stop',
    file: 'delivery.circuit_breaker.open_for',
    variable: 'TIMER_NOTIFY_BREAKER_OPEN_FOR',
    flag: null,
    show: showDuration,
  }),
  channel: setting<string>(text, '#general', {
    help: 'channel ID (C…) or name',
    file: 'slack.channel',
    variable: 'TIMER_NOTIFY_CHANNEL',
    flag: '--channel',
  }),
  username: setting<string | null>(text.nullable(), null, {
    help: presentationFields.username.help,
    file: 'slack.username',
    variable: null,
    flag: '--username',
  }),
  iconEmoji: setting<string | null>(text.nullable(), null, {
    help: presentationFields.iconEmoji.help,
    file: 'slack.icon_emoji',
    variable: null,
    flag: '--icon-emoji',
  }),
  iconUrl: setting<string | null>(httpUrl.nullable(), null, {
    help: presentationFields.iconUrl.help,
    file: 'slack.icon_url',
    variable: null,
    flag: '--icon-url',
  }),
  unfurlLinks: setting<boolean | null>(flag.nullable(), null, {
    help: presentationFields.unfurlLinks.help,
    file: 'slack.unfurl_links',
    variable: null,
    flag: '--unfurl-links',
  }),
  unfurlMedia: setting<boolean | null>(flag.nullable(), null, {
    help: presentationFields.unfurlMedia.help,
    file: 'slack.unfurl_media',
    variable: null,
    flag: '--unfurl-media',
  }),
  baseUrl: setting<string>(httpUrl.transform(withSlash), defaults.baseUrl, {
    help: 'base of the Web API, for GovSlack or an emulator',
    file: 'slack.base_url',
    variable: 'SLACK_API_URL',
    flag: '--base-url',
  }),
  tokenFile: setting<string | null>(text.nullable(), null, {
    help: 'file that holds the bot token; - is stdin on the command line',
    file: 'slack.token_file',
    variable: null,
    flag: '--token-file',
  }),
  token: setting<string | null>(text.nullable(), null, {
    help: 'bot token (xoxb-…)',
    file: null,
    variable: 'SLACK_BOT_TOKEN',
    flag: null,
    secret: true,
  }),
  webhookUrl: setting<string | null>(httpUrl.nullable(), null, {
    help: 'URL of an incoming webhook',
    file: null,
    variable: 'SLACK_WEBHOOK_URL',
    flag: null,
    secret: true,
  }),
  enableThreadingFix: setting<boolean>(flag, true, {
    help: 'false goes back to `detached`, the behaviour before the fix',
    file: 'enable_threading_fix',
    variable: 'TIMER_NOTIFY_ENABLE_THREADING_FIX',
    flag: null,
  }),
  rolloutPercentage: setting<number>(number({ from: 0, to: 100 }), 100, {
    help: 'percentage of timers that get the fix, chosen by a stable hash of the timer’s id',
    file: 'rollout_percentage',
    variable: 'TIMER_NOTIFY_ROLLOUT_PERCENTAGE',
    flag: null,
  }),
  threadSafeFallback: setting<boolean>(flag, false, {
    help: 'true uses `fetch-in-worker` off the main thread',
    file: 'communication.http_client.thread_safe_fallback',
    variable: null,
    flag: null,
  }),
  useSharedSession: setting<boolean>(flag, false, {
    help: 'true uses `shared-pool`',
    file: 'communication.slack.use_shared_session',
    variable: null,
    flag: null,
  }),
  thresholds: setting<readonly string[] | null>(
    z.array(thresholdText, listProblem).min(1, listProblem).nullable(),
    null,
    {
      help: 'what must hold for `bench` and `report`, for example shared-pool:p99<1s',
      file: 'bench.thresholds',
      variable: null,
      flag: '--threshold',
    },
  ),
});

/** The value of every setting with where it came from: `--channel`, `SLACK_BOT_TOKEN`, `timer-notify.config.yaml:3`, `default`. */
export type Effective = z.output<typeof settings>;
export type SettingKey = keyof Effective;

export interface Declared extends Declaration {
  readonly key: string;
}

/** @throws Error where the key is no setting. */
export function declarationOf(key: SettingKey): Declared {
  const found = declared.find((setting) => setting.key === key);
  if (found === undefined) throw new Error(`${key} is no setting`);
  return found;
}

/** The declarations in their order, for whatever derives from them. */
export const declared: readonly Declared[] = Object.entries(settings.shape).flatMap(([key, sourced]) => {
  const declaration = declarations.get(sourced);
  return declaration === undefined ? [] : [{ key, ...declaration }];
});

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** A bare number is a number in a file, and gets the words that a flag gives it. */
function durationProblem(text: string): string {
  try {
    parseDuration(text);
    return 'it must be a text such as 10s';
  } catch (error) {
    return error instanceof UsageError ? `${error.why}; ${error.remedy}` : String(error);
  }
}

function strategyProblem(word: string): string {
  const suggestion = nearest(word, strategyNames);
  const known = `the strategy must be one of: ${strategyNames.join(', ')}`;
  return suggestion === null ? known : `${known} (did you mean "${suggestion}"?)`;
}

function readDuration(value: string, context: z.RefinementCtx): number {
  try {
    const durationMs = parseDuration(value);
    if (durationMs > 0) return durationMs;
    context.addIssue('it must be above 0');
  } catch (error) {
    context.addIssue(error instanceof UsageError ? `${error.why}; ${error.remedy}` : String(error));
  }
  return z.NEVER;
}
