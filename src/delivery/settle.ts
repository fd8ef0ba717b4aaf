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
      retryable: true,
      ambiguous: attempt.sent,
      httpStatus: null,
    };
  }
  const reply = interpretReply(target.kind, attempt.reply);
  if (reply.kind === 'posted') {
    return { status: 'delivered', ...told, channel: reply.channel || sent.channel, ts: reply.ts };
  }
  const { code, message, retryable, ambiguous } = reply;
  return { status: 'failed', ...told, code, message, retryable, ambiguous, httpStatus: attempt.reply.status };
}
