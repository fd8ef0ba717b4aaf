import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capabilities } from '../delivery/capabilities.ts';
import { defaults, type Range, ranges } from '../delivery/limits.ts';
import { type NotifierError, withCode } from '../delivery/notifier-error.ts';
import { slackPace } from '../delivery/resilience/options.ts';
import { maxIoThreads } from '../delivery/shared-pool/board.ts';
import { defaultQuietMs } from '../delivery/shared-pool/io-thread-scaling.ts';
import type { ScalingOptions } from '../delivery/strategy.ts';
import { UsageError } from '../errors.ts';
import { isObject } from '../json-object.ts';
import { type StrategyName, strategyNames } from '../model/names.ts';
import { nearest } from '../nearest.ts';
import { protectSecret } from '../slack/redact.ts';
import type { Target } from '../slack/target.ts';
import { acceptToken } from '../slack/token.ts';
import type { AlertOptions } from './alert-options.ts';
import { kindOf } from './message.ts';
import type { CheckedOptions, NotifierOptions } from './options.ts';

/** What a caller without types may have passed. */
type Given = Readonly<Record<string, unknown>>;

const safeStrategies = strategyNames.filter(isSafe);

const optionNames = [
  'token',
  'baseUrl',
  'webhookUrl',
  'name',
  'strategy',
  'deadlineMs',
  'connections',
  'queueLimit',
  'maxRetries',
  'retryAmbiguous',
  'rate',
  'breaker',
  'alerts',
  'openTelemetry',
  'durable',
  'ioThread',
  'ioThreads',
] as const satisfies readonly (keyof NotifierOptions)[];

const alertNames = [
  'completionBelow',
  'p99AboveMs',
  'queueAbove',
  'ioThreadRestarted',
  'windowMs',
  'minimumCount',
] as const satisfies readonly (keyof AlertOptions)[];

/**
 * Checks what was passed to `createNotifier` and fills in the defaults.
 * @throws TypeError that names the option, what it takes, and what it got; never a secret.
 */
export function checkOptions(options: NotifierOptions): CheckedOptions {
  const given = record('createNotifier takes', options, optionNames);
  const ioThread = fileOf(given);
  const durable = journalOf(given);
  const ioThreads = ioThreadsOf(given);
  return {
    name: text(given, 'name', 'default'),
    strategy: strategyOf(given),
    delivery: {
      target: targetOf(given),
      deadlineMs: number(given, 'deadlineMs', defaults.deadlineMs, ranges.deadlineMs),
      connections: whole(given, 'connections', defaults.connections, ranges.connections),
      queueLimit: whole(given, 'queueLimit', defaults.queueLimit, ranges.queueLimit),
      resilience: {
        maxRetries: whole(given, 'maxRetries', defaults.maxRetries, ranges.maxRetries),
        retryAmbiguous: flag(given, 'retryAmbiguous', defaults.retryAmbiguous),
        rate: rateOf(given),
        breaker: breakerOf(given),
      },
      ...(ioThread === undefined ? {} : { ioThread }),
      ...(ioThreads === undefined ? {} : { ioThreads }),
      ...(durable === undefined ? {} : { durable }),
    },
    alerts: alertsOf(given.alerts),
    openTelemetry: flag(given, 'openTelemetry', true),
  };
}

function wrong(message: string): TypeError & NotifierError {
  return withCode('invalid-option', new TypeError(message));
}

/** Detached is the bug. */
function isSafe(name: StrategyName): name is CheckedOptions['strategy'] {
  return capabilities[name].awaited;
}

function strategiesThat(can: 'durable' | 'scales'): string {
  return safeStrategies.filter((name) => capabilities[name][can]).join(' and ');
}

function ioThreadsOf(given: Given): ScalingOptions | undefined {
  if (given.ioThreads === undefined) return undefined;
  const most = whole(given, 'ioThreads', 1, { from: 1, to: maxIoThreads });
  const strategy = strategyOf(given);
  if (most > 1 && !capabilities[strategy].scales) {
    throw wrong(
      `ioThreads above 1 works with the strategy ${strategiesThat('scales')} only; got ${JSON.stringify(strategy)}`,
    );
  }
  return { most, quietMs: defaultQuietMs };
}

function targetOf(given: Given): Target {
  const { token, webhookUrl } = given;
  if ((token === undefined) === (webhookUrl === undefined)) {
    throw wrong(
      `pass either token (a bot token, xoxb-…) or webhookUrl; got ${token === undefined ? 'neither' : 'both'}`,
    );
  }
  if (webhookUrl !== undefined) {
    const url = httpUrl('webhookUrl', webhookUrl);
    protectSecret(url.href);
    return { kind: 'webhook', url: url.href };
  }
  return { kind: 'bot', token: tokenOf(token), baseUrl: baseUrlOf(given.baseUrl) };
}

function tokenOf(token: unknown): string {
  if (typeof token !== 'string') throw wrong(`token must be a bot token (xoxb-…); got ${kindOf(token)}`);
  try {
    return acceptToken(token, 'the token option');
  } catch (error) {
    if (error instanceof UsageError) throw wrong(error.message);
    throw error;
  }
}

function baseUrlOf(value: unknown): string {
  const { href } = value === undefined ? usualBaseUrl() : httpUrl('baseUrl', value);
  return href.endsWith('/') ? href : `${href}/`;
}

/** The variable is what `timer-notify serve -- npm test` sets, and what the command line reads too. */
function usualBaseUrl(): URL {
  const { SLACK_API_URL: set = '' } = process.env;
  return set === '' ? new URL(defaults.baseUrl) : httpUrl('SLACK_API_URL', set);
}

/** Says nothing of the value: a webhook's URL is a secret. */
function httpUrl(name: string, value: unknown): URL {
  const url = value instanceof URL ? value : typeof value === 'string' ? parseUrl(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw wrong(`${name} must be an http or https URL; it is ${kindOf(value)} that is not one`);
  return url;
}

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function strategyOf({ strategy }: Given): CheckedOptions['strategy'] {
  const found = safeStrategies.find((name) => name === (strategy ?? 'shared-pool'));
  if (found !== undefined) return found;
  const why =
    strategy === 'detached' ? 'detached is the bug, kept for repro and bench' : `got ${show(strategy)}`;
  throw wrong(`strategy must be one of ${safeStrategies.join(', ')}; ${why}`);
}

function rateOf({ rate }: Given): CheckedOptions['delivery']['resilience']['rate'] {
  if (rate === null) return null;
  const given = record('rate takes', rate ?? slackPace, ['perS', 'burst']);
  return {
    perS: number(given, 'perS', slackPace.perS, ranges.ratePerS, 'rate.'),
    burst: whole(given, 'burst', slackPace.burst, ranges.rateBurst, 'rate.'),
  };
}

function breakerOf({ breaker }: Given): CheckedOptions['delivery']['resilience']['breaker'] {
  if (breaker === null) return null;
  const given = record('breaker takes', breaker ?? {}, ['failures', 'openMs']);
  return {
    failures: whole(given, 'failures', defaults.breakerFailures, ranges.breakerFailures, 'breaker.'),
    openMs: number(given, 'openMs', defaults.breakerOpenMs, ranges.breakerOpenMs, 'breaker.'),
  };
}

function alertsOf(alerts: unknown): AlertOptions {
  const given = record('alerts takes', alerts ?? {}, alertNames);
  const bound = (name: (typeof alertNames)[number], range: Range) =>
    given[name] === undefined ? {} : { [name]: number(given, name, 0, range, 'alerts.') };
  return {
    ...bound('completionBelow', { from: 0, to: 1 }),
    ...bound('p99AboveMs', { from: 0, to: 2 ** 31 - 1 }),
    ...bound('queueAbove', { from: 0, to: 10_000_000 }),
    ioThreadRestarted: flag(given, 'ioThreadRestarted', true, 'alerts.'),
    windowMs: number(given, 'windowMs', 60_000, { from: 100, to: 86_400_000 }, 'alerts.'),
    minimumCount: whole(given, 'minimumCount', 20, { from: 1, to: 10_000_000 }, 'alerts.'),
  };
}

function fileOf({ ioThread }: Given): string | undefined {
  if (ioThread === undefined) return undefined;
  if (ioThread instanceof URL) return ioThread.href;
  if (typeof ioThread === 'string' && ioThread !== '') return ioThread;
  throw wrong(`ioThread must be a path or a file URL; got ${kindOf(ioThread)}`);
}

function journalOf(given: Given): string | undefined {
  const { durable } = given;
  if (durable === undefined) return undefined;
  const strategy = strategyOf(given);
  if (!capabilities[strategy].durable)
    throw wrong(`durable works with the strategies ${strategiesThat('durable')}; got "${strategy}"`);
  if (durable instanceof URL && durable.protocol === 'file:') return fileURLToPath(durable);
  if (typeof durable === 'string' && durable !== '') return resolve(durable);
  throw wrong(`durable must be a path or a file URL; got ${kindOf(durable)}`);
}

function number(given: Given, name: string, absent: number, { from, to }: Range, prefix = ''): number {
  const value = given[name] ?? absent;
  if (typeof value === 'number' && value >= from && value <= to) return value;
  throw wrong(`${prefix}${name} must be a number from ${from} to ${to}; got ${show(value)}`);
}

function whole(given: Given, name: string, absent: number, range: Range, prefix = ''): number {
  const value = number(given, name, absent, range, prefix);
  if (Number.isInteger(value)) return value;
  throw wrong(`${prefix}${name} must be a whole number; got ${value}`);
}

function flag(given: Given, name: string, absent: boolean, prefix = ''): boolean {
  const value = given[name] ?? absent;
  if (typeof value === 'boolean') return value;
  throw wrong(`${prefix}${name} must be true or false; got ${show(value)}`);
}

function text(given: Given, name: string, absent: string): string {
  const value = given[name] ?? absent;
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(`${name} must be a string; got ${kindOf(value)}`);
}

function record(what: string, value: unknown, names: readonly string[]): Given {
  if (!isObject(value)) throw wrong(`${what} an object; got ${kindOf(value)}`);
  for (const key of Object.keys(value)) {
    if (names.includes(key)) continue;
    const meant = nearest(key, names);
    throw wrong(
      `${what} no option ${key}${meant === null ? `; it takes ${names.join(', ')}` : `; did you mean ${meant}?`}`,
    );
  }
  return value;
}

/** Numbers, flags and short words as they are; a long string might be a secret in the wrong place. */
function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= 20 ? JSON.stringify(value) : kindOf(value);
}
