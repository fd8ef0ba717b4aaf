import { describeError } from '../slack/errors.ts';
import type { FailureCode, SendOutcome } from './outcome.ts';

const lookFirst = 'look in the channel before sending it again: it may be there';
const network = 'check the network and the URL; behind a proxy set HTTPS_PROXY';

const remedies: Readonly<Record<FailureCode, string>> = {
  refused: 'check the URL and that the server is running; nothing listens there',
  reset: lookFirst,
  'dns-not-found': network,
  'tls-untrusted': 'name your organisation’s certificate authority in NODE_EXTRA_CA_CERTS',
  'connect-failed': network,
  'http-error': 'check the URL and any proxy in between',
  'bad-response': lookFirst,
  'rate-limited': 'send about one message a second to a channel, or give it more time with --timeout',
  'circuit-open': 'send it again when the server is well',
  'queue-full': 'send fewer at once, or raise queue_limit',
  'not-durable': 'make room on the disk and check the rights of the journal’s folder, then send it again',
  closed: 'keep the sender open until everything is sent',
  'io-thread-lost': lookFirst,
  'handler-threw': 'correct the error in the handler',
  'invalid-notification': 'correct the message',
};

/** What the user should do about a notification that was not delivered; null where it was. */
export function remedyFor(outcome: SendOutcome): string | null {
  if (outcome.status === 'delivered') return null;
  if (outcome.status === 'timed-out') return outcome.ambiguous ? lookFirst : network;
  return isFailureCode(outcome.code) ? remedies[outcome.code] : describeError(outcome.code).remedy;
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(remedies, code);
}
