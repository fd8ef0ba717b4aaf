import type { Cause } from '../model/cause.ts';
import { type Finding, requestLine, type ThreadSpan, type ThreadTimeline } from '../model/finding.ts';
import type {
  ProgramRecord,
  RequestRecord,
  Standstill,
  StandstillKind,
  ThreadEnd,
  ThreadRecord,
} from './record.ts';
import { isUnended } from './rules/request-facts.ts';
import { placeText } from './rules/wording.ts';

const spansKept = 100;
/** Standstills shorter than this, in ms, are no news. */
const notableMs = 300;

/** What each thread did, in ms since the program started, marked as the findings say. */
export function timelineOf(
  record: ProgramRecord,
  startedAt: number,
  findings: readonly JudgedFinding[],
): readonly ThreadTimeline[] {
  const isGood = judgeOf(findings);
  return record.threads
    .filter((thread) => !thread.isLauncher && isShown(thread, findings))
    .map((thread) => threadTimeline(thread, record, startedAt, isGood));
}

type JudgedFinding = Pick<Finding, 'code' | 'severity'> & Partial<Pick<Finding, 'thread'>>;

/** One of which looks alone tell is shown where a finding is about it. */
function isShown(thread: ThreadRecord, findings: readonly JudgedFinding[]): boolean {
  if (!Number.isNaN(thread.startedAt)) return true;
  const { tid, name, seenStart = null } = thread;
  return seenStart !== null && findings.some((one) => one.thread?.id === tid && one.thread.name === name);
}

type IsGood = (request: RequestRecord) => boolean;

function threadTimeline(
  thread: ThreadRecord,
  record: ProgramRecord,
  startedAt: number,
  isGood: IsGood,
): ThreadTimeline {
  // What came while the program was looked at in the end belongs to no moment of the watch.
  const since = (at: number) => Math.max(0, Math.round(Math.min(at, record.end.at) - startedAt));
  const requests = record.requests.filter((request) => request.thread === thread);
  const spans = [
    ...thread.standstills
      .filter(({ durationMs }) => durationMs >= notableMs)
      .map((standstill) => standstillSpan(standstill, since)),
    ...waitSpans(thread, record, since),
    ...requests.map((request) => requestSpan(request, since, isGood)),
  ];
  const end = endOf(thread);
  return {
    id: thread.tid,
    name: thread.name,
    isMain: thread.isMain,
    ...stateOf(thread, end),
    pid: thread.pid,
    startedAtMs: since(startOf(thread)),
    endedAtMs: end === null ? null : since(end.at),
    end: end?.reason ?? null,
    answered: Math.max(0, thread.succeeded - requests.filter((one) => isGood(one) && !isUnended(one)).length),
    spans: spans.sort((a, b) => a.fromMs - b.fromMs).slice(0, spansKept),
  };
}

function startOf({ startedAt, seenStart = null }: ThreadRecord): number {
  return Number.isNaN(startedAt) && seenStart !== null ? seenStart : startedAt;
}

/** The end of its process is not the end of a thread that was over before. */
function endOf({ end, overAt = null }: ThreadRecord): ThreadEnd | null {
  if (overAt === null || (end !== null && end.reason !== 'process-ended')) return end;
  return { at: overAt, reason: 'natural', code: null, stack: [] };
}

/** Where a thread without a loop waits, of which looks alone tell. */
function waitSpans(
  thread: ThreadRecord,
  { places, end }: ProgramRecord,
  since: (at: number) => number,
): readonly ThreadSpan[] {
  if (!Number.isNaN(thread.startedAt)) return [];
  return places
    .filter((place) => place.thread === thread && place.wait !== null && place.stillMs >= notableMs)
    .map((place) => ({
      kind: 'blocked',
      fromMs: since(Math.max(startOf(thread), end.at - place.stillMs)),
      toMs: null,
      text: placeText(place),
      result: null,
      good: false,
    }));
}

/** What the thread's loop did when it was last seen. */
function stateOf(
  { standstills }: ThreadRecord,
  end: ThreadEnd | null,
): Required<Pick<ThreadTimeline, 'state' | 'stack'>> {
  if (end !== null) return { state: 'ended', stack: end.stack };
  const last = standstills.at(-1);
  if (last === undefined || last.to !== null) return { state: 'running', stack: [] };
  return { state: last.call === 'Atomics.wait' ? 'parked' : 'blocked', stack: last.stack };
}

function standstillSpan(standstill: Standstill, since: (at: number) => number): ThreadSpan {
  return {
    kind: spanKinds[standstill.kind],
    fromMs: since(standstill.from),
    toMs: standstill.to === null ? null : since(standstill.from + standstill.durationMs),
    text: standstillText(standstill),
    result: null,
    good: false,
  };
}

const spanKinds: Readonly<Record<StandstillKind, ThreadSpan['kind']>> = {
  parked: 'parked',
  blocked: 'blocked',
  stopped: 'parked',
  closed: 'parked',
  held: 'blocked',
};

function standstillText({ kind, call, statement, stack: [place] }: Standstill): string {
  if (kind === 'stopped' || kind === 'closed') return `its loop is ${kind}`;
  if (statement !== null) return `\`${statement}\`${place === undefined ? '' : ` at ${place}`}`;
  return call ?? place ?? 'synchronous code';
}

function requestSpan(request: RequestRecord, since: (at: number) => number, isGood: IsGood): ThreadSpan {
  const end = request.endedAt ?? request.headersAt;
  return {
    kind: 'request',
    fromMs: since(request.startedAt),
    toMs: end === null ? null : since(end),
    text: requestLine(request),
    result: resultOf(request),
    good: isGood(request),
  };
}

/** Of these, a body that nobody has read up to its end is the cause, or what a connection is short of. */
const bodyCauses: ReadonlySet<Cause> = new Set(['body-stalled', 'pool-exhausted']);

/** A body that is left unread does no harm by itself: the server has the message, and has said so. */
function judgeOf(findings: readonly Pick<Finding, 'code' | 'severity'>[]): IsGood {
  const isCalm = findings.every(({ severity }) => severity === 'info');
  const isHarmless = isCalm || findings.every(({ code }) => !bodyCauses.has(code));
  return (request) => {
    const { status, refusal, failure } = request;
    if (status === null || status >= 400 || refusal !== null || failure !== null) return false;
    return !isUnended(request) || isCalm || (isHarmless && request.state === 'body-unread');
  };
}

function resultOf(request: RequestRecord): string {
  const { status, refusal, failure, state } = request;
  if (refusal !== null) return refusal;
  if (status !== null) return isUnended(request) ? `${status}, ${bodyText(request)}` : String(status);
  if (failure !== null) return failure.code === '' ? 'given up' : failure.code;
  return state === 'sent' ? 'no response' : state === 'queued' ? 'queued' : 'never sent';
}

function bodyText({ state }: RequestRecord): string {
  return state === 'body-unread' ? 'body not read' : 'body open';
}
