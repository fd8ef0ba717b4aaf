import { monotonicMs } from '../../measure/clock.ts';
import { requestWith } from '../../slack/request.ts';
import { deliverMessage, type Means, type Message, noteOutcome } from '../deliver.ts';
import type { SendOutcome } from '../outcome.ts';
import type { Untold } from '../pending-sends.ts';
import { type Attempt, startPost } from '../post.ts';
import { settle } from '../settle.ts';
import type { DeliveryOptions } from '../strategy.ts';
import { Deadlines } from './deadlines.ts';
import type { LogRecord } from './log-reader.ts';

/** Delivers one record within its deadline; `onEnd` is called exactly once, and never before this returns. */
type DeliverRecord = (record: LogRecord, onEnd: (outcome: Untold) => void) => void;

/** How this thread delivers records: without resilience by the shortest way, because that is where speed counts. */
export function deliverRecord(means: Means): DeliverRecord {
  const { deadlineMs } = means.options;
  const deliver = means.resilience === null ? directly(means) : withResilience(means);
  return (record, onEnd) => {
    const dueAtMs = record.segment.sentAtMs(record.offset) + deadlineMs;
    if (dueAtMs > monotonicMs()) deliver(record, dueAtMs, onEnd);
    else queueMicrotask(() => onEnd(neverBegun(means.options, record)));
  };
}

type DeliverUntil = (record: LogRecord, dueAtMs: number, onEnd: (outcome: Untold) => void) => void;

function withResilience(means: Means): DeliverUntil {
  return ({ segment, offset }, dueAtMs, onEnd) => {
    const message: Message = {
      ...labelOf(means.options, segment.bodyAt(offset)),
      channel: segment.channelAt(offset),
      body: segment.bodyAt(offset),
    };
    const onSending = () => segment.setState(offset, 'sending');
    void deliverMessage(means, message, { deadlineMs: dueAtMs - monotonicMs(), onSending }).then(onEnd);
  };
}

function directly({ dispatcher, options }: Means): DeliverUntil {
  const { target, deadlineMs } = options;
  const deadlines = new Deadlines();
  return ({ segment, offset }, dueAtMs, onEnd) => {
    const onSending = () => segment.setState(offset, 'sending');
    const onAttempted = (attempt: Attempt) => {
      deadlines.delete(due);
      const attempts = attempt.kind === 'replied' || attempt.sent ? 1 : 0;
      const channel = segment.channelAt(offset);
      const label = labelOf(options, segment.bodyAt(offset));
      const durationMs = monotonicMs() - segment.sentAtMs(offset);
      const outcome = settle(target, attempt, { id: label.id, channel, attempts, durationMs, deadlineMs });
      noteOutcome(options, label, outcome);
      onEnd(outcome);
    };
    const request = requestWith(target, segment.bodyAt(offset));
    const posting = startPost(dispatcher, request, onSending, onAttempted);
    const due = { dueAtMs, timeOut: () => posting.timeOut() };
    deadlines.add(due);
  };
}

function neverBegun(options: DeliveryOptions, { segment, offset }: LogRecord): Untold {
  const { deadlineMs } = options;
  const label = labelOf(options, segment.bodyAt(offset));
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
  noteOutcome(options, label, outcome);
  return outcome;
}

type Label = Pick<Message, 'id' | 'path' | 'thread'>;

const unnamed: Label = { id: '', path: 'expiry', thread: '' };

/** The sender knows these, so they are only read, out of the body, where outcomes are written down here. */
function labelOf({ outcomeFd }: DeliveryOptions, body: Uint8Array): Label {
  if (outcomeFd === undefined) return unnamed;
  const { metadata }: { metadata: { event_payload: Label } } = JSON.parse(Buffer.from(body).toString());
  return metadata.event_payload;
}
