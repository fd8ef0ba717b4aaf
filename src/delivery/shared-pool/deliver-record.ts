import { requestWith } from '../../slack/request.ts';
import { monotonicMs } from '../../time/clock.ts';
import { account, type Label } from '../accounting.ts';
import { type DeliveryContext, deliverMessage, type Message } from '../deliver.ts';
import { failure } from '../failure.ts';
import type { SendOutcome } from '../outcome.ts';
import type { PartialOutcome } from '../pending-sends.ts';
import { type Attempt, type Posting, type PostListener, startPost, wasSent } from '../post.ts';
import { settle } from '../settle.ts';
import type { DeliveryOptions } from '../strategy.ts';
import { Deadlines, type Due } from './deadlines.ts';
import type { LogRecord, Segment } from './segment.ts';

/** A record, and whose it is. */
interface SendersRecord {
  readonly record: LogRecord;
  /** Number of its link. */
  readonly sender: number;
}

/** Delivers one record within its deadline; `onEnd` is called exactly once, and never before this returns. */
type DeliverRecord = (one: SendersRecord, onEnd: (outcome: PartialOutcome) => void) => void;

/** How this thread delivers records: without resilience by the shortest way, because that is where speed counts. */
export function deliverRecord(context: DeliveryContext): DeliverRecord {
  const { deadlineMs } = context.options;
  const deliver = context.resilience === null ? directly(context) : withResilience(context);
  return (one, onEnd) => {
    const { record } = one;
    const dueAtMs = record.segment.sentAtMs(record.offset) + deadlineMs;
    if (dueAtMs > monotonicMs()) deliver(one, dueAtMs, onEnd);
    else queueMicrotask(() => onEnd(neverBegun(context.options, record)));
  };
}

type DeliverUntil = (one: SendersRecord, dueAtMs: number, onEnd: (outcome: PartialOutcome) => void) => void;

function withResilience(context: DeliveryContext): DeliverUntil {
  return ({ record: { segment, offset }, sender }, dueAtMs, onEnd) => {
    const message: Message = {
      ...labelOf(context.options, segment, offset),
      channel: segment.channelAt(offset),
      body: segment.bodyAt(offset),
    };
    const onSending = () => segment.markSending(offset);
    const deadlineMs = dueAtMs - monotonicMs();
    void deliverMessage(context, message, { deadlineMs, onSending, sender }).then(onEnd);
  };
}

function directly(context: DeliveryContext): DeliverUntil {
  const deadlines = new Deadlines();
  return ({ record }, dueAtMs, onEnd) => new Delivery(context, { record, dueAtMs, deadlines, onEnd }).begin();
}

interface DeliveryOf {
  readonly record: LogRecord;
  readonly dueAtMs: number;
  readonly deadlines: Deadlines;
  readonly onEnd: (outcome: PartialOutcome) => void;
}

/** One record on its way, in a single object, because there are tens of thousands a second. */
class Delivery implements Due, PostListener {
  readonly dueAtMs: number;
  previous: Due | null = null;
  next: Due | null = null;
  readonly #context: DeliveryContext;
  readonly #record: LogRecord;
  readonly #deadlines: Deadlines;
  readonly #onEnd: (outcome: PartialOutcome) => void;
  #posting: Posting | null = null;

  constructor(context: DeliveryContext, { record, dueAtMs, deadlines, onEnd }: DeliveryOf) {
    this.dueAtMs = dueAtMs;
    this.#context = context;
    this.#record = record;
    this.#deadlines = deadlines;
    this.#onEnd = onEnd;
  }

  begin(): void {
    const { dispatcher, options } = this.#context;
    const { segment, offset } = this.#record;
    this.#deadlines.add(this);
    this.#posting = startPost(dispatcher, requestWith(options.target, segment.bodyAt(offset)), this);
  }

  timeOut(): void {
    this.#posting?.timeOut();
  }

  onSending(): void {
    this.#record.segment.markSending(this.#record.offset);
  }

  onEnd(attempt: Attempt): void {
    const { options } = this.#context;
    const { segment, offset } = this.#record;
    this.#deadlines.delete(this);
    const label = labelOf(options, segment, offset);
    const outcome = settle(options.target, attempt, {
      id: label.id,
      attempts: wasSent(attempt) ? 1 : 0,
      durationMs: monotonicMs() - segment.sentAtMs(offset),
      deadlineMs: options.deadlineMs,
    });
    account(options, label, outcome);
    this.#onEnd(outcome);
  }
}

function neverBegun(options: DeliveryOptions, { segment, offset }: LogRecord): PartialOutcome {
  const { deadlineMs } = options;
  const label = labelOf(options, segment, offset);
  const durationMs = monotonicMs() - segment.sentAtMs(offset);
  const outcome: SendOutcome = {
    status: 'timed-out',
    id: label.id,
    attempts: 0,
    durationMs,
    deadlineMs,
    ambiguous: false,
    waitingFor: 'connection',
  };
  account(options, label, outcome);
  return outcome;
}

/** What becomes of a record that a thread had sent when it died. */
export function lostWithThread(options: DeliveryOptions, { segment, offset }: LogRecord): PartialOutcome {
  const label = labelOf(options, segment, offset);
  const lost = failure(label.id, 'io-thread-lost', {
    message: 'the I/O thread ended while the request was under way; the message may have been posted',
    retryable: true,
    ambiguous: true,
  });
  const outcome = { ...lost, attempts: 1, durationMs: monotonicMs() - segment.sentAtMs(offset) };
  account(options, label, outcome);
  return outcome;
}

const unnamed: Label = { id: '', path: 'expiry', thread: '' };

/** The sender knows these, so they are only read, out of the body, where outcomes are written down here. */
function labelOf({ outcomeFd }: DeliveryOptions, segment: Segment, offset: number): Label {
  if (outcomeFd === undefined) return unnamed;
  const body = Buffer.from(segment.bodyAt(offset)).toString();
  const { metadata }: { metadata: { event_payload: Label } } = JSON.parse(body);
  return metadata.event_payload;
}
