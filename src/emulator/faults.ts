import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { parseDuration } from '../notification/duration.ts';
import { isSlackMethod, slackMethods } from './methods/slack-methods.ts';

/** Which requests a fault strikes: a share of them, 0..1, or the first so many. */
export type Hits = { readonly rate: number } | { readonly first: number };

/**
 * What the emulator does wrong. A request that a fault strikes posts nothing and is no arrival, unless the fault's name
 * ends in `-after-commit`: then the message is posted and recorded before anything goes wrong. `drip` is only slow.
 * `half-body` closes the connection in mid-body, after `stalled-body` nothing follows the first half, `bad-json` is
 * HTTP 200 with JSON cut short.
 */
export type Fault = (RequestFault | Delay | { readonly kind: 'refuse' }) & Scope;

/** `chat.postMessage/rate-limit:first-1` strikes that method's requests only; `webhook/…` those to webhooks. */
interface Scope {
  readonly method?: string;
}

/** A fault that strikes single requests. */
export type RequestFault =
  | ResponseFault
  | ({ readonly kind: (typeof uncommittedKinds)[number] } & Hits)
  | ({ readonly kind: 'rate-limit'; readonly retryAfterS: number } & Hits)
  /** As Slack's edge responds at times: no `Retry-After`, a date in it, or no body. */
  | ({ readonly kind: (typeof oddRateLimitKinds)[number] } & Hits)
  | ({ readonly kind: 'status'; readonly status: number; readonly json?: true } & Hits)
  | ({ readonly kind: 'ok-false'; readonly code: string } & Hits);

/** The request is answered as if nothing were wrong; what goes wrong is the response. */
export type ResponseFault =
  | ({ readonly kind: (typeof responseFaultKinds)[number] } & Hits)
  | ({ readonly kind: 'drip'; readonly intervalMs: number } & Hits)
  /** Answered well, with a warning of Slack's beside it. */
  | ({ readonly kind: 'ok-warning'; readonly code: string } & Hits);

/** `latency` delays every response by `ms`, `jitter` by a random time up to `ms`. */
export type Delay = { readonly kind: 'latency' | 'jitter'; readonly ms: number };

/** `close` ends the connection (FIN) without a response, `reset` with a RST. */
const uncommittedKinds = ['hang', 'reset', 'close'] as const;
const oddRateLimitKinds = ['rate-limit-bare', 'rate-limit-date', 'rate-limit-empty'] as const;
const responseFaultKinds = [
  'hang-after-commit',
  'reset-after-commit',
  'half-body',
  'half-body-after-commit',
  'stalled-body',
  'stalled-body-after-commit',
  'bad-json',
  'bad-json-after-commit',
] as const;
/** What a server that listens can do, as the user writes it. */
export const servedFaults: readonly string[] = [
  ...uncommittedKinds,
  ...responseFaultKinds,
  'drip',
  'status-500',
  'rate-limit',
  ...oddRateLimitKinds,
  'ok-false',
  'ok-warning',
  'latency',
  'jitter',
];
export const everyFault: readonly string[] = [...servedFaults, 'refuse'];

/** The same with what follows a name, where something does. */
const forms: Readonly<Record<string, string>> = {
  'status-500': 'status-<300..599>[:json]',
  'rate-limit': 'rate-limit[:<seconds>s]',
  'ok-false': 'ok-false:<code>',
};

/** What help says of the faults that `serve` takes. */
export function describeServedFaults(): string {
  const apart = ['drip', 'ok-warning', 'latency', 'jitter'];
  const [committed, uncommitted] = [true, false].map((afterCommit) =>
    listed(
      servedFaults
        .filter((name) => !apart.includes(name) && name.endsWith('-after-commit') === afterCommit)
        .map((name) => forms[name] ?? name),
    ),
  );
  return `${uncommitted} post nothing; ${committed} post the message first; drip[:<interval>] sends the response a byte at a time; ok-warning:<code> adds a warning; latency:<duration> and jitter:<duration> delay every response.`;
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const defaultDripMs = 100;

export function isResponseFault(fault: RequestFault): fault is ResponseFault {
  return (
    fault.kind === 'drip' ||
    fault.kind === 'ok-warning' ||
    responseFaultKinds.some((kind) => kind === fault.kind)
  );
}

/** Whether the message is posted although the fault strikes. */
export function isCommitted(fault: RequestFault): boolean {
  return fault.kind === 'drip' || fault.kind === 'ok-warning' || fault.kind.endsWith('-after-commit');
}

/**
 * @param taken the faults that the command has, for an error about another one
 * @throws UsageError when one spec is wrong, or when the shares add up to more than all requests.
 */
export function parseFaults(
  specs: readonly string[],
  taken: readonly string[] = everyFault,
): readonly Fault[] {
  const faults = specs.map((spec) => parseFault(spec, taken));
  const shares = new Map<string, number>();
  for (const fault of faults) {
    const scope = fault.method ?? '';
    if ('rate' in fault) shares.set(scope, (shares.get(scope) ?? 0) + fault.rate);
  }
  const total = Math.max(0, ...shares.values());
  if (total > 1 + 1e-9) {
    throw new UsageError(
      `the faults ${specs.join(', ')} strike ${formatPercent(total)} of the requests`,
      'one request gets at most one fault',
      'lower the shares until they add up to 100% or less',
    );
  }
  return faults;
}

/**
 * Reads `[<method>/]<kind>[:<detail>][:<how often>]`: `hang:10%`, `status-503`, `status-503:json`, `ok-false:channel_not_found:5%`,
 * `rate-limit:first-2`, `rate-limit:3s:10%`, `drip:50ms`, `latency:50ms`, `refuse`.
 * How often is a percentage or `first-<n>`; left out, every request is struck.
 * @throws UsageError naming the spec, the reason and what to write.
 */
export function parseFault(spec: string, taken: readonly string[] = everyFault): Fault {
  const [, method, fault = ''] = /^(?:([A-Za-z][\w.]*)\/)?(.*)$/.exec(spec.trim()) ?? [];
  if (method === undefined) return parseAnyMethod(spec, fault, taken);
  if (!isSlackMethod(method) && method !== 'webhook') throw unknownMethod(spec, method);
  const parsed = parseAnyMethod(spec, fault, taken);
  if (parsed.kind === 'refuse' && taken.includes('refuse'))
    throw badFault(spec, 'a port refuses every method', 'write refuse alone');
  return { ...parsed, method };
}

function parseAnyMethod(spec: string, fault: string, taken: readonly string[]): Fault {
  const [name = '', ...details] = fault.split(':');
  const uncommitted = uncommittedKinds.find((kind) => kind === name);
  if (uncommitted !== undefined) return { kind: uncommitted, ...onlyHits(spec, details) };
  const odd = oddRateLimitKinds.find((kind) => kind === name);
  if (odd !== undefined) return { kind: odd, ...onlyHits(spec, details) };
  const kind = responseFaultKinds.find((kind) => kind === name);
  if (kind !== undefined) return { kind, ...onlyHits(spec, details) };
  const status = /^status-(\d{3})$/.exec(name)?.[1];
  if (status !== undefined) return parseStatus(spec, Number(status), details);
  switch (name) {
    case 'rate-limit': {
      const [seconds, rest] = leadingDuration(details);
      return {
        kind: 'rate-limit',
        retryAfterS: wholeSeconds(spec, seconds ?? 1000),
        ...onlyHits(spec, rest),
      };
    }
    case 'drip': {
      const [intervalMs, rest] = leadingDuration(details);
      return { kind: 'drip', intervalMs: intervalMs ?? defaultDripMs, ...onlyHits(spec, rest) };
    }
    case 'ok-false':
    case 'ok-warning':
      return parseCode(spec, name, details);
    case 'latency':
    case 'jitter':
      return { kind: name, ms: onlyDuration(spec, name, details) };
    case 'refuse':
      if (details.length > 0 && details.join() !== '100%') {
        throw badFault(spec, 'a port that refuses does so every time', 'write refuse alone');
      }
      return { kind: 'refuse' };
    default:
      throw unknownFault(spec, name, taken);
  }
}

function parseStatus(spec: string, status: number, details: readonly string[]): Fault {
  if (status < 300 || status > 599) {
    throw badFault(spec, 'an error status is in the range 300..599', 'write for example status-500:20%');
  }
  const json = details[0] === 'json';
  const hits = onlyHits(spec, json ? details.slice(1) : details);
  return { kind: 'status', status, ...(json ? { json } : {}), ...hits };
}

function parseCode(
  spec: string,
  kind: 'ok-false' | 'ok-warning',
  [code = '', ...rest]: readonly string[],
): Fault {
  if (!/^[a-z][a-z_]*$/.test(code)) {
    throw badFault(
      spec,
      `${kind} needs the Slack ${kind === 'ok-false' ? 'error code' : 'warning'} to answer with`,
      `write for example ${kind}:${kind === 'ok-false' ? 'channel_not_found' : 'message_truncated'}:5%`,
    );
  }
  const hits = onlyHits(spec, rest);
  return kind === 'ok-false' ? { kind, code, ...hits } : { kind, code, ...hits };
}

function onlyHits(spec: string, details: readonly string[]): Hits {
  const [often, ...surplus] = details;
  if (often === undefined) return { rate: 1 };
  if (surplus.length > 0) throw badFault(spec, `"${surplus.join(':')}" is one part too many`, 'leave it out');
  const first = /^first-(\d{1,6})$/.exec(often)?.[1];
  if (first !== undefined && Number(first) > 0) return { first: Number(first) };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(often)?.[1];
  const rate = Number(percent) / 100;
  if (percent !== undefined && rate > 0 && rate <= 1) return { rate };
  throw badFault(
    spec,
    `"${often}" does not say how often`,
    'write a share above 0% up to 100%, for example 10%, or first-2',
  );
}

function onlyDuration(spec: string, kind: string, details: readonly string[]): number {
  const [text, ...surplus] = details;
  if (text === undefined || surplus.length > 0) {
    throw badFault(spec, `${kind} takes one duration`, `write for example ${kind}:50ms`);
  }
  return parseDuration(text);
}

function leadingDuration(details: readonly string[]): [number | null, readonly string[]] {
  const [text, ...rest] = details;
  if (text === undefined || text.endsWith('%') || text.startsWith('first-')) return [null, details];
  return [parseDuration(text), rest];
}

/** `Retry-After` counts whole seconds. */
function wholeSeconds(spec: string, ms: number): number {
  if (ms % 1000 !== 0) {
    throw badFault(spec, 'Retry-After counts whole seconds', 'write for example rate-limit:2s:10%');
  }
  return ms / 1000;
}

/** It could never strike. */
function unknownMethod(spec: string, method: string): UsageError {
  const suggestion = nearest(method, ['webhook', ...slackMethods]);
  return badFault(
    spec,
    `"${method}" is not a method of Slack’s`,
    suggestion === null
      ? 'write for example chat.postMessage/rate-limit:first-1'
      : `did you mean "${suggestion}"?`,
  );
}

function unknownFault(spec: string, name: string, taken: readonly string[]): UsageError {
  const suggestion = nearest(name, taken);
  return new UsageError(
    `unknown fault "${spec}"`,
    `a fault is one of: ${taken.join(', ')}`,
    suggestion === null ? 'write for example hang:10%' : `did you mean "${suggestion}"?`,
  );
}

function badFault(spec: string, why: string, remedy: string): UsageError {
  return new UsageError(`bad fault "${spec}"`, why, remedy);
}

function formatPercent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}
