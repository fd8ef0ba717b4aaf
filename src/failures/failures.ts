import type { Cause } from '../model/cause.ts';

/** What can go wrong besides a refusal in Slack's own words, whose codes are in `slack/errors.ts`. */
export type FailureCode = ConnectionFailureCode | StatusFailureCode | LocalFailureCode;

/** What an error of a connection says. */
export type ConnectionFailureCode =
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'dns-not-found'
  | 'tls-untrusted'
  | 'tls-failed'
  | 'connect-failed'
  | 'proxy-refused'
  | 'bad-response'
  | 'closed';

/** What a response says by its status alone. */
export type StatusFailureCode = 'http-error' | 'rate-limited';

/** What was decided in this process, without a word from the server. */
export type LocalFailureCode =
  | 'circuit-open'
  | 'queue-full'
  | 'not-durable'
  | 'io-thread-lost'
  | 'handler-threw'
  | 'invalid-notification'
  | 'unexpected-error'
  | 'wrong-loop'
  | 'loop-closed';

/** What a failure can be the sign of. */
export type FailureCause = Extract<
  Cause,
  | 'refused'
  | 'reset'
  | 'dns-not-found'
  | 'tls-untrusted'
  | 'connect-stalled'
  | 'rate-limited'
  | 'http-error'
  | 'never-requested'
  | 'pool-exhausted'
  | 'thread-exited'
>;

interface Failure {
  readonly cause: FailureCause;
  /** True when the same message, sent again, may succeed. A response's status may say otherwise. */
  readonly retryable: boolean;
  /** What the user should do. */
  readonly remedy: string;
}

/** For whatever may have been posted although nobody said so. */
export const lookFirst = 'look in the channel before sending it again: it may be there';
/** For whatever did not get through. */
export const checkNetwork = 'check the network and the URL; behind a proxy set HTTPS_PROXY';

const failures: Readonly<Record<FailureCode, Failure>> = {
  refused: {
    cause: 'refused',
    retryable: true,
    remedy: 'check the URL’s host and port, and that the server is running: nothing listens there',
  },
  unreachable: { cause: 'refused', retryable: true, remedy: checkNetwork },
  reset: { cause: 'reset', retryable: true, remedy: lookFirst },
  'dns-not-found': { cause: 'dns-not-found', retryable: true, remedy: checkNetwork },
  // A certificate does not become trusted by asking again.
  'tls-untrusted': {
    cause: 'tls-untrusted',
    retryable: false,
    remedy:
      'name your organisation’s certificate authority in NODE_EXTRA_CA_CERTS, or correct the host’s name',
  },
  'tls-failed': {
    cause: 'tls-untrusted',
    retryable: true,
    remedy: 'check that the URL’s port speaks TLS, and that no proxy responds in its place',
  },
  'connect-failed': { cause: 'connect-stalled', retryable: true, remedy: checkNetwork },
  'proxy-refused': {
    cause: 'http-error',
    retryable: true,
    remedy: 'check the proxy’s URL and what it allows, or exempt the host with NO_PROXY',
  },
  // It answered, and may well have said yes.
  'bad-response': { cause: 'http-error', retryable: false, remedy: lookFirst },
  closed: {
    cause: 'never-requested',
    retryable: false,
    remedy: 'keep the sender open until everything is sent',
  },
  'http-error': {
    cause: 'http-error',
    retryable: false,
    remedy: 'check the URL and any proxy in between',
  },
  'rate-limited': {
    cause: 'rate-limited',
    retryable: true,
    remedy: 'send about one message a second to a channel, or give it more time with --timeout',
  },
  'circuit-open': {
    cause: 'never-requested',
    retryable: true,
    remedy: 'send it again when the server has recovered',
  },
  'queue-full': {
    cause: 'pool-exhausted',
    retryable: true,
    remedy: 'send fewer at once, or raise queue_limit',
  },
  'not-durable': {
    cause: 'never-requested',
    retryable: true,
    remedy: 'free space on the disk and check the permissions of the journal’s folder, then send it again',
  },
  'io-thread-lost': { cause: 'thread-exited', retryable: true, remedy: lookFirst },
  'handler-threw': {
    cause: 'never-requested',
    retryable: false,
    remedy: 'correct the error in the handler',
  },
  'invalid-notification': { cause: 'never-requested', retryable: false, remedy: 'correct the message' },
  'unexpected-error': {
    cause: 'never-requested',
    retryable: false,
    remedy: `report it; ${lookFirst}`,
  },
  'wrong-loop': {
    cause: 'never-requested',
    retryable: false,
    remedy: 'use a session only on the event loop that made it',
  },
  'loop-closed': {
    cause: 'never-requested',
    retryable: false,
    remedy: 'make a session for each event loop: each asyncio.run() has its own',
  },
};

export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failures, code);
}

export function describeFailure(code: FailureCode): Failure {
  return failures[code];
}
