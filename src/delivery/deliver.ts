import type { Dispatcher } from 'undici';
import { monotonicMs } from '../measure/clock.ts';
import { checkNotification } from '../notification/check-notification.ts';
import type { Notification } from '../notification/notification.ts';
import { describeProblems } from '../notification/problem.ts';
import { buildRequest, type HttpRequest } from '../slack/request.ts';
import { failure } from './failure.ts';
import type { SendOutcome } from './outcome.ts';
import { logOutcome } from './outcome-log.ts';
import { type OnSending, post } from './post.ts';
import type { Judged } from './resilience/attempt.ts';
import { Resilience, type Run } from './resilience/resilience.ts';
import { settle } from './settle.ts';
import type { DeliveryOptions } from './strategy.ts';
import { tallyOf } from './tally.ts';

/** What a thread that makes requests has: its sockets, and what it knows of the server and of the channels. */
export interface Means {
  readonly dispatcher: Dispatcher;
  readonly options: DeliveryOptions;
  readonly resilience: Resilience | null;
}

export interface DeliverOptions {
  /** What is left of `options.deadlineMs` for this notification. */
  readonly deadlineMs?: number;
  readonly onSending?: OnSending;
}

export function openResilience({ resilience }: DeliveryOptions): Resilience | null {
  return resilience === undefined ? null : new Resilience(resilience);
}

/** Posts one notification from the calling thread and tells how it ended, within its deadline. Never rejects. */
export async function deliver(
  means: Means,
  notification: Notification,
  thread: string,
  options: DeliverOptions = {},
): Promise<SendOutcome> {
  const outcome = await settled(means, notification, thread, options);
  const { deadlineMs, outcomeFd } = means.options;
  const waitedMs = deadlineMs - (options.deadlineMs ?? deadlineMs);
  tallyOf(means.options)?.settle(outcome.status, waitedMs + outcome.durationMs);
  if (outcomeFd !== undefined) {
    logOutcome(outcomeFd, { kind: 'settled', id: notification.id, path: notification.path, thread, outcome });
  }
  return outcome;
}

async function settled(
  means: Means,
  notification: Notification,
  thread: string,
  { deadlineMs = means.options.deadlineMs, onSending }: DeliverOptions,
): Promise<SendOutcome> {
  const problems = checkNotification(notification);
  if (problems.length > 0) {
    const message = describeProblems(problems);
    return failure(notification.id, 'invalid-notification', { message, retryable: false, ambiguous: false });
  }
  const attempts = new Attempts(means, notification, thread, deadlineMs, onSending);
  return means.resilience === null
    ? attempts.make(deadlineMs)
    : withResilience(means.resilience, attempts, laneOf(means, notification));
}

/** A webhook has one channel, whatever the notification says. */
function laneOf({ options }: Means, { channel }: Notification): string {
  return options.target.kind === 'webhook' ? '' : channel;
}

/** The requests made for one notification. */
class Attempts {
  readonly startedAtMs = monotonicMs();
  readonly notification: Notification;
  readonly deadlineMs: number;
  readonly #means: Means;
  readonly #request: HttpRequest;
  readonly #onSending: OnSending | undefined;
  #made = 0;

  constructor(
    means: Means,
    notification: Notification,
    thread: string,
    deadlineMs: number,
    onSending: OnSending | undefined,
  ) {
    this.notification = notification;
    this.deadlineMs = deadlineMs;
    this.#means = means;
    this.#request = buildRequest(means.options.target, notification, thread);
    this.#onSending = onSending;
  }

  async make(timeoutMs: number): Promise<SendOutcome> {
    const { dispatcher, options } = this.#means;
    const attempt = await post(dispatcher, this.#request, timeoutMs, this.#onSending);
    if (attempt.kind === 'replied' || attempt.sent) this.#made += 1;
    return settle(options.target, attempt, {
      ...this.told(),
      channel: this.notification.channel,
      // As the caller knows it, whatever was left of it when this thread took over.
      deadlineMs: options.deadlineMs,
    });
  }

  told() {
    return { id: this.notification.id, attempts: this.#made, durationMs: monotonicMs() - this.startedAtMs };
  }
}

async function withResilience(
  resilience: Resilience,
  attempts: Attempts,
  channel: string,
): Promise<SendOutcome> {
  const run = await resilience.run({
    channel,
    deadlineAtMs: attempts.startedAtMs + attempts.deadlineMs,
    attempt: async (timeoutMs) => judge(await attempts.make(timeoutMs)),
  });
  const outcome = outcomeOf(run, attempts);
  return run.circuit === null ? outcome : { ...outcome, circuit: run.circuit };
}

function judge(outcome: SendOutcome): Judged<SendOutcome> {
  switch (outcome.status) {
    case 'delivered':
      return { result: outcome, retryable: false, ambiguous: false, retryAfterMs: null, unhealthy: false };
    case 'timed-out': {
      const { ambiguous } = outcome;
      return { result: outcome, retryable: true, ambiguous, retryAfterMs: null, unhealthy: true };
    }
    case 'failed': {
      const { retryable, ambiguous, retryAfterMs, httpStatus } = outcome;
      const unhealthy = httpStatus === null || httpStatus >= 500;
      return { result: outcome, retryable, ambiguous, retryAfterMs, unhealthy };
    }
  }
}

function outcomeOf(run: Run<SendOutcome>, attempts: Attempts): SendOutcome {
  const told = attempts.told();
  if (run.kind === 'circuit-open') {
    const message = 'the circuit is open: the server failed again and again, so no request was made';
    return { ...failure(told.id, 'circuit-open', { message, retryable: true, ambiguous: false }), ...told };
  }
  if (run.kind === 'overdue') {
    const { deadlineMs } = attempts;
    return { status: 'timed-out', ...told, deadlineMs, ambiguous: false, waitingFor: 'turn' };
  }
  const { result } = run;
  return result.status === 'delivered' ? result : { ...result, ...told, ambiguous: run.ambiguous };
}
