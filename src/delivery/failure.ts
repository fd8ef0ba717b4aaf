import type { FailureCode } from '../failures/failures.ts';
import { safeText } from '../slack/safe-text.ts';
import type { SendOutcome } from './outcome.ts';

interface FailureDetail {
  readonly message: string;
  readonly retryable: boolean;
  readonly ambiguous: boolean;
  readonly retryAfterMs?: number;
}

/** A failure that was decided before or without a response from the server. */
export function failure(id: string, code: FailureCode, detail: FailureDetail): SendOutcome {
  return {
    status: 'failed',
    id,
    attempts: 0,
    durationMs: 0,
    code,
    httpStatus: null,
    retryAfterMs: null,
    ...detail,
    message: safeText(detail.message),
  };
}

export const queueFull = (id: string, limit: number): SendOutcome =>
  failure(id, 'queue-full', {
    message: `${limit} notifications are already waiting`,
    retryable: true,
    ambiguous: false,
  });

/** @param isLeft true where the journal may hold it all the same, so that the next start may send it */
export const notDurable = (id: string, reason: string, isLeft: boolean): SendOutcome =>
  failure(id, 'not-durable', {
    message: `the journal could not be written (${reason}), so nothing was sent${isLeft ? ' now; the next start may send it' : ''}`,
    retryable: true,
    ambiguous: isLeft,
  });

export const senderClosed = (id: string): SendOutcome =>
  failure(id, 'closed', { message: 'the sender is closed', retryable: false, ambiguous: false });
