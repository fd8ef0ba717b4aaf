import {
  checkNetwork,
  describeFailure,
  type FailureCause,
  isFailureCode,
  lookFirst,
} from '../failures/failures.ts';
import type { Cause } from '../model/cause.ts';
import { describeError } from '../slack/errors.ts';
import type { Failed, SendOutcome, TimedOut, WaitingFor } from './outcome.ts';

/** What an outcome is the sign of; null where the notification was delivered. */
export function causeOf(outcome: Undelivered): OutcomeCause;
export function causeOf(outcome: SendOutcome): OutcomeCause | null;
export function causeOf(outcome: SendOutcome): OutcomeCause | null {
  switch (outcome.status) {
    case 'delivered':
      return null;
    case 'timed-out':
      return waits[outcome.waitingFor];
    case 'failed':
      return causeOfCode(outcome.code);
  }
}

/** What the user should do about a notification that was not delivered; null where it was. */
export function remedyFor(outcome: Undelivered): string;
export function remedyFor(outcome: SendOutcome): string | null;
export function remedyFor(outcome: SendOutcome): string | null {
  if (outcome.status === 'delivered') return null;
  if (outcome.status === 'timed-out') return outcome.ambiguous ? lookFirst : checkNetwork;
  const { remedy } = isFailureCode(outcome.code)
    ? describeFailure(outcome.code)
    : describeError(outcome.code);
  // What never left can't be there.
  return remedy === lookFirst && !outcome.ambiguous ? checkNetwork : remedy;
}

type Undelivered = Failed | TimedOut;

type OutcomeCause = FailureCause | Extract<Cause, WaitCause | 'rejected-by-slack'>;

type WaitCause =
  | 'rate-limited'
  | 'connect-stalled'
  | 'response-stalled'
  | 'body-stalled'
  | 'bridge-target-blocked';

/** What had not come when the deadline passed. */
const waits: Readonly<Record<WaitingFor, WaitCause>> = {
  turn: 'rate-limited',
  connection: 'connect-stalled',
  response: 'response-stalled',
  body: 'body-stalled',
  answer: 'bridge-target-blocked',
};

function causeOfCode(code: Failed['code']): OutcomeCause {
  if (isFailureCode(code)) return describeFailure(code).cause;
  return describeError(code).class === 'rate-limited' ? 'rate-limited' : 'rejected-by-slack';
}
