import type { Dispatcher } from 'undici';
import type { Notification } from '../notification/notification.ts';
import { bodyOf, requestWith } from '../slack/request.ts';
import { monotonicMs } from '../time/clock.ts';
import { account, type Label } from './accounting.ts';
import { causeOf } from './cause-of-outcome.ts';
import { failure } from './failure.ts';
import type { FairSlots } from './fair-slots.ts';
import type { SendOutcome } from './outcome.ts';
import { type Attempt, type OnSending, type PostRequest, post, wasSent } from './post.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import type { Judged, ServerWord } from './resilience/attempt.ts';
import { longestHoldMs } from './resilience/pace.ts';
import { Resilience, type Run } from './resilience/resilience.ts';
import type { SharedHolds } from './resilience/shared-holds.ts';
import { settle } from './settle.ts';
import type { DeliveryOptions } from './strategy.ts';

/** What a thread that makes requests has: its sockets, and what it knows of the server and of the channels. */
export interface DeliveryContext {
  readonly dispatcher: Dispatcher;
  readonly options: DeliveryOptions;
  readonly resilience: Resilience | null;
  /** Connections, where several senders share them. */
  readonly slots?: FairSlots;
}

export interface DeliverOptions {
  /** What is left of `options.deadlineMs` for this notification. */
  readonly deadlineMs?: number;
  /** Number of the sender, where several share the connections. */
  readonly sender?: number;
  readonly onSending?: OnSending;
}

/** @param holds what other threads know of the same channels */
export function openResilience({ resilience }: DeliveryOptions, holds?: SharedHolds): Resilience | null {
  return resilience === undefined ? null : new Resilience(resilience, holds);
}

/** A notification as it is posted. */
export interface Message extends Label {
  readonly channel: string;
  /** JSON, as text or in UTF-8. */
  readonly body: string | Uint8Array;
}

/** Posts one notification from the calling thread and resolves to how it ended, within its deadline. Never rejects. */
export async function deliver(
  context: DeliveryContext,
  notification: Notification,
  thread: string,
  options?: DeliverOptions,
): Promise<SendOutcome> {
  const { id, path, channel } = notification;
  const invalid = refuseInvalid(notification);
  if (invalid !== null) {
    account(context.options, { id, path, thread }, invalid);
    return invalid;
  }
  const body = bodyOf(context.options.target, notification, thread);
  return deliverMessage(context, { id, path, thread, channel, body }, options);
}

/** As `deliver`, for what was checked and written before. */
export async function deliverMessage(
  context: DeliveryContext,
  message: Message,
  options: DeliverOptions = {},
): Promise<SendOutcome> {
  const { deadlineMs = context.options.deadlineMs } = options;
  const attempts = new Attempts(context, message, { ...options, deadlineMs });
  const outcome =
    context.resilience === null
      ? await attempts.make(deadlineMs)
      : await withResilience(context.resilience, attempts, queueKeyOf(context, message));
  const waitedMs = context.options.deadlineMs - deadlineMs;
  account(context.options, message, { ...outcome, durationMs: waitedMs + outcome.durationMs });
  return outcome;
}

/** A webhook has one channel, whatever the notification says. */
function queueKeyOf({ options }: DeliveryContext, { channel }: Message): string {
  return options.target.kind === 'webhook' ? '' : channel;
}

/** The requests made for one notification. */
class Attempts {
  readonly startedAtMs = monotonicMs();
  readonly deadlineMs: number;
  readonly #message: Message;
  readonly #context: DeliveryContext;
  readonly #request: PostRequest;
  readonly #onSending: OnSending | undefined;
  readonly #sender: number;
  #made = 0;
  #sentAtMs: number | null = null;

  constructor(
    context: DeliveryContext,
    message: Message,
    { deadlineMs, onSending, sender = 0 }: DeliverOptions & { readonly deadlineMs: number },
  ) {
    this.#message = message;
    this.deadlineMs = deadlineMs;
    this.#sender = sender;
    this.#context = context;
    this.#request = requestWith(context.options.target, message.body);
    this.#onSending = onSending;
  }

  async make(timeoutMs: number): Promise<SendOutcome> {
    const { options } = this.#context;
    this.#sentAtMs = null;
    const attempt = await this.#postWithin(timeoutMs);
    if (wasSent(attempt)) this.#made += 1;
    return settle(options.target, attempt, {
      ...this.soFar(),
      // As the caller knows it, whatever was left of it when this thread took over.
      deadlineMs: options.deadlineMs,
    });
  }

  async #postWithin(timeoutMs: number): Promise<Attempt> {
    const { slots } = this.#context;
    if (slots === undefined) return this.#post(timeoutMs);
    const dueAtMs = monotonicMs() + timeoutMs;
    if (!(await slots.enter(this.#sender, timeoutMs)))
      return { kind: 'timed-out', sent: false, waitingFor: 'connection' };
    try {
      return await this.#post(Math.max(1, dueAtMs - monotonicMs()));
    } finally {
      slots.leave();
    }
  }

  #post(timeoutMs: number): Promise<Attempt> {
    return post(this.#context.dispatcher, this.#request, timeoutMs, () => {
      this.#sentAtMs = monotonicMs();
      this.#onSending?.();
    });
  }

  /** For how long the server has had the last request, in ms; 0 where it has not. */
  get waitedForServerMs(): number {
    return this.#sentAtMs === null ? 0 : monotonicMs() - this.#sentAtMs;
  }

  soFar() {
    return { id: this.#message.id, attempts: this.#made, durationMs: monotonicMs() - this.startedAtMs };
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
    attempt: async (timeoutMs) => {
      const outcome = await attempts.make(timeoutMs);
      return judge(outcome, attempts.waitedForServerMs);
    },
  });
  const outcome = outcomeOf(run, attempts);
  return run.circuit === null ? outcome : { ...outcome, circuit: run.circuit };
}

function judge(outcome: SendOutcome, waitedMs: number): Judged<SendOutcome> {
  const judged = {
    kind: 'attempted' as const,
    result: outcome,
    rateLimited: false,
    retryAfterMs: null,
    channel: null,
    server: serverWordIn(outcome, waitedMs),
  };
  switch (outcome.status) {
    case 'delivered':
      return { ...judged, channel: outcome.channel, retryable: false, ambiguous: false };
    case 'timed-out': {
      const { ambiguous, waitingFor } = outcome;
      return { ...judged, retryable: waitingFor !== 'body', ambiguous };
    }
    case 'failed': {
      const { retryable, ambiguous, retryAfterMs } = outcome;
      const rateLimited = causeOf(outcome) === 'rate-limited';
      const waitMs = retryAfterMs ?? (outcome.code === 'message_limit_exceeded' ? longestHoldMs : null);
      return { ...judged, retryable, ambiguous, rateLimited, retryAfterMs: waitMs };
    }
  }
}

function serverWordIn(outcome: SendOutcome, waitedMs: number): ServerWord {
  if (outcome.status === 'timed-out')
    return waitedMs === 0 ? { kind: 'not-asked' } : { kind: 'silent', forMs: waitedMs };
  if (outcome.status === 'failed') {
    // The sockets here were closed.
    if (outcome.code === 'closed') return { kind: 'not-asked' };
    if (outcome.httpStatus === null || outcome.httpStatus >= 500) return { kind: 'failed' };
  }
  return { kind: 'answered', afterMs: waitedMs };
}

function outcomeOf(run: Run<SendOutcome>, attempts: Attempts): SendOutcome {
  const soFar = attempts.soFar();
  const notRequested = { retryable: true, ambiguous: false };
  if (run.kind === 'circuit-open') {
    const wait = run.openUntilMs === null ? null : waitUntil(run.openUntilMs);
    const message = `the circuit is open ${wait === null ? 'until another message has a response' : `until ${wait.until}`}, which is too late for this one: the server failed again and again, so no request was made`;
    const retryAfter = wait === null ? {} : { retryAfterMs: wait.retryAfterMs };
    return { ...failure(soFar.id, 'circuit-open', { message, ...retryAfter, ...notRequested }), ...soFar };
  }
  if (run.kind === 'held') {
    const { retryAfterMs, until } = waitUntil(run.untilMs);
    const message = `the server accepts no message for this channel before ${until}, so no request was made`;
    return { ...failure(soFar.id, 'rate-limited', { message, retryAfterMs, ...notRequested }), ...soFar };
  }
  if (run.kind === 'overdue') {
    const { deadlineMs } = attempts;
    return { status: 'timed-out', ...soFar, deadlineMs, ambiguous: false, waitingFor: 'turn' };
  }
  const { result } = run;
  return result.status === 'delivered' ? result : { ...result, ...soFar, ambiguous: run.ambiguous };
}

/** @param atMs on `monotonicMs` */
function waitUntil(atMs: number): { readonly retryAfterMs: number; readonly until: string } {
  const retryAfterMs = Math.max(0, Math.ceil(atMs - monotonicMs()));
  return { retryAfterMs, until: new Date(Date.now() + retryAfterMs).toISOString() };
}
