import { describeFailure } from '../failures/failures.ts';
import { parseObject } from '../json-object.ts';
import { type HttpResponse, interpretResponse } from '../slack/response.ts';
import { safeText } from '../slack/safe-text.ts';
import type { Target } from '../slack/target.ts';
import type { SendOutcome } from './outcome.ts';
import type { Attempt } from './post.ts';

interface Sent {
  readonly id: string;
  readonly attempts: number;
  readonly durationMs: number;
  readonly deadlineMs: number;
}

/** What the sender learns of the last attempt. */
export function settle(target: Target, attempt: Attempt, sent: Sent): SendOutcome {
  const ended = { id: sent.id, attempts: sent.attempts, durationMs: sent.durationMs };
  if (attempt.kind === 'timed-out') {
    const { sent: ambiguous, waitingFor } = attempt;
    return { status: 'timed-out', ...ended, deadlineMs: sent.deadlineMs, ambiguous, waitingFor };
  }
  if (attempt.kind === 'failed') {
    const { code, message } = attempt.failure;
    return {
      status: 'failed',
      ...ended,
      code,
      message: safeText(message),
      retryable: describeFailure(code).retryable,
      ambiguous: attempt.sent,
      httpStatus: null,
      retryAfterMs: null,
    };
  }
  if (attempt.kind === 'cut' && !saysEnough(attempt.response))
    return settleCut(attempt, ended, sent.deadlineMs);
  const response = interpretResponse(target.kind, attempt.response);
  if (response.kind === 'posted') {
    const { channel, ts, warnings } = response;
    const delivered = { status: 'delivered' as const, ...ended, channel, ts };
    return warnings.length === 0 ? delivered : { ...delivered, warnings };
  }
  const { kind: _kind, ...refusal } = response;
  return { status: 'failed', ...ended, ...refusal, httpStatus: attempt.response.status };
}

/** A head that refuses needs no body, and JSON says itself where it ends. */
function saysEnough({ status, body }: HttpResponse): boolean {
  return status >= 300 || parseObject(body) !== null;
}

/** The head of a success came, and what it says did not: the message is probably there, so it is never sent again. */
function settleCut({ response, by }: CutAttempt, ended: Ended, deadlineMs: number): SendOutcome {
  if (by === null) return { status: 'timed-out', ...ended, deadlineMs, ambiguous: true, waitingFor: 'body' };
  const { code, message } = by;
  const verdict = { retryable: false, ambiguous: true, httpStatus: response.status, retryAfterMs: null };
  return { status: 'failed', ...ended, code, message: safeText(message), ...verdict };
}

type CutAttempt = Extract<Attempt, { kind: 'cut' }>;
type Ended = Pick<SendOutcome, 'id' | 'attempts' | 'durationMs'>;
