import { describeFailure } from '../failures/failures.ts';
import { interpretReply } from '../slack/response.ts';
import type { Target } from '../slack/target.ts';
import type { SendOutcome } from './outcome.ts';
import type { Attempt } from './post.ts';

interface Sent {
  readonly id: string;
  readonly channel: string;
  readonly attempts: number;
  readonly durationMs: number;
  readonly deadlineMs: number;
}

/** What the sender is told about the last attempt. */
export function settle(target: Target, attempt: Attempt, sent: Sent): SendOutcome {
  const told = { id: sent.id, attempts: sent.attempts, durationMs: sent.durationMs };
  if (attempt.kind === 'timed-out') {
    const { sent: ambiguous, waitingFor } = attempt;
    return { status: 'timed-out', ...told, deadlineMs: sent.deadlineMs, ambiguous, waitingFor };
  }
  if (attempt.kind === 'failed') {
    const { code, message } = attempt.failure;
    return {
      status: 'failed',
      ...told,
      code,
      message,
      retryable: describeFailure(code).retryable,
      ambiguous: attempt.sent,
      httpStatus: null,
      retryAfterMs: null,
    };
  }
  const reply = interpretReply(target.kind, attempt.reply);
  if (reply.kind === 'posted') {
    const { channel, ts, warnings } = reply;
    const delivered = { status: 'delivered' as const, ...told, channel: channel || sent.channel, ts };
    return warnings.length === 0 ? delivered : { ...delivered, warnings };
  }
  const { kind: _kind, ...refusal } = reply;
  return { status: 'failed', ...told, ...refusal, httpStatus: attempt.reply.status };
}
