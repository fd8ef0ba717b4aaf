import type { SendOutcome } from '../delivery/outcome.ts';
import type { DeliveryPath } from '../model/names.ts';
import type { Timeline, TimelineLine } from '../model/story.ts';
import { confirmationText } from '../notification/texts.ts';
import { monotonicMs } from '../time/clock.ts';
import { showMs } from '../time/show-ms.ts';
import { classify, type OutcomeName } from './classify.ts';
import type { ObservedTrial } from './observation.ts';
import { watchMs } from './standstill-time.ts';
import { type ObservedSpec, timerIdOf } from './trial.ts';
import type { Moment, NotificationRecord, ProgramEvent } from './trial-record.ts';

/** The first notification of a path, as the program's log has it, and what the log can't say. */
export function timelineOf(trial: ObservedTrial, path: DeliveryPath): Timeline {
  const { spec, observation } = trial;
  const [first] = classify(spec, observation, path);
  const id = first?.id ?? `${timerIdOf(spec, 0)}:${path}`;
  const { setAtMs } = observation.record.of(id);
  return storyOf(trial, { id, path, outcome: first?.outcome ?? null, startAtMs: setAtMs ?? monotonicMs() });
}

export interface Subject {
  readonly id: string;
  readonly path: DeliveryPath;
  readonly outcome: OutcomeName | null;
  /** Zero of the timeline. */
  readonly startAtMs: number;
}

/** What happened to one notification, and around it. */
export function storyOf({ spec, observation }: ObservedTrial, subject: Subject): Timeline {
  const { id, path, outcome, startAtMs } = subject;
  const { record } = observation;
  const lines = [
    ...ownLines(record.of(id), spec, path),
    ...ofItsTime(record.events, record.of(id).called).flatMap(
      (event) => programLine(event, path, outcome === 'delivered') ?? [],
    ),
    ...observation.arrivals
      .filter((arrival) => arrival.id === id)
      .map(({ atMs }) => observed(atMs, 'the server has the message', true)),
  ]
    .map((line) => ({ ...line, atMs: line.atMs - startAtMs }))
    .sort((a, b) => a.atMs - b.atMs);
  return {
    title: path === 'confirmation' ? 'confirmation' : `expiry, ${spec.strategy} in ${spec.context}`,
    context: spec.context,
    strategy: spec.strategy,
    path,
    lines: [...lines, ...silence(spec, subject, lines.at(-1)?.atMs ?? 0, record.of(id).called !== null)],
  };
}

/** Without the parking from which its thread had come back when it made its call, and that after the first. */
function ofItsTime(events: readonly ProgramEvent[], called: Moment | null): readonly ProgramEvent[] {
  const parkings = events.filter((event) => event.kind === 'note' && event.note === 'parked');
  const told = called === null ? parkings.at(-1) : parkings.find(({ atMs }) => atMs >= called.atMs);
  return events.filter((event) => event.kind !== 'note' || event.note !== 'parked' || event === told);
}

function ownLines(
  { setAtMs, expired, called, senderOutcome }: NotificationRecord,
  { afterMs }: ObservedSpec,
  path: DeliveryPath,
): TimelineLine[] {
  const lines: TimelineLine[] = [];
  if (setAtMs !== null && path === 'confirmation') lines.push(log(setAtMs, confirmationText(afterMs), true));
  if (expired !== null) lines.push(log(expired.atMs, `timer expired, detected in ${expired.thread}`, true));
  if (called !== null) {
    const where = called.thread === null ? '' : ` (${called.thread})`;
    lines.push(log(called.atMs, `making POST request...${where}`, true));
  }
  const outcome = senderOutcome?.outcome ?? null;
  if (senderOutcome !== null && outcome !== null)
    lines.push(log(senderOutcome.atMs, outcomeText(outcome), outcome.status === 'delivered'));
  return lines;
}

/**
 * Threads and loops are the expiry's story; a confirmation leaves from main, before anything happens to them. What
 * happens to them is no trouble where the message arrives all the same.
 */
function programLine(event: ProgramEvent, path: DeliveryPath, delivered: boolean): TimelineLine | null {
  switch (event.kind) {
    case 'note':
      return path === 'expiry' ? observed(event.atMs, event.text, delivered || isRelief(event.note)) : null;
    case 'subscriber-error':
      return log(event.atMs, `error: ${event.message}`, false);
    case 'handler-requested':
    case 'handler-returned':
    case 'handler-threw':
    case 'sender-ended':
      return null;
  }
}

function isRelief(note: Extract<ProgramEvent, { kind: 'note' }>['note']): boolean {
  return note === 'unblocked' || note === 'main-unblocked';
}

function outcomeText(outcome: SendOutcome): string {
  if (outcome.status === 'delivered') return 'Received response with status: 200';
  if (outcome.status === 'timed-out') return `error: timed out after ${showMs(outcome.deadlineMs)}`;
  return `error: ${outcome.code}: ${outcome.message}`;
}

/** What never came, and for how long it was waited for. */
function silence(
  { patienceMs, deadlineMs }: ObservedSpec,
  { outcome }: Subject,
  atMs: number,
  wasCalled: boolean,
): readonly TimelineLine[] {
  if (outcome === 'lost')
    return [observed(atMs, 'nothing more: no message, no error; whoever could report it is gone', false)];
  if (outcome !== 'hung') return [];
  const waited = `within the patience of ${showMs(patienceMs)}, nor in the ${showMs(watchMs(patienceMs))} after it`;
  if (!wasCalled) return [observed(atMs, `no call for it was logged ${waited}`, false)];
  const timeout = `the client’s own timeout of ${showMs(deadlineMs)} did not fire`;
  return [observed(atMs, `nothing more ${waited}: no message, no error; ${timeout}`, false)];
}

function log(atMs: number, text: string, good: boolean): TimelineLine {
  return { atMs, source: 'log', text, good };
}

function observed(atMs: number, text: string, good: boolean): TimelineLine {
  return { atMs, source: 'observed', text, good };
}
