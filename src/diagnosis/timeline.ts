import { requestLine, type ThreadSpan, type ThreadTimeline } from '../model/finding.ts';
import type { ProgramRecord, RequestRecord, Standstill, StandstillKind, ThreadRecord } from './record.ts';

const spansKept = 100;
/** Standstills shorter than this, in ms, are no news. */
const notableMs = 300;

/** What each thread did, in ms since the program started. */
export function timelineOf(record: ProgramRecord, startedAt: number): readonly ThreadTimeline[] {
  return record.threads
    .filter((thread) => !thread.isLauncher && !Number.isNaN(thread.startedAt))
    .map((thread) => threadTimeline(thread, record, startedAt));
}

function threadTimeline(thread: ThreadRecord, record: ProgramRecord, startedAt: number): ThreadTimeline {
  // What came while the program was looked at in the end belongs to no moment of the watch.
  const since = (at: number) => Math.max(0, Math.round(Math.min(at, record.end.at) - startedAt));
  const requests = record.requests.filter((request) => request.thread === thread);
  const spans = [
    ...thread.standstills
      .filter(({ durationMs }) => durationMs >= notableMs)
      .map((standstill) => standstillSpan(standstill, since)),
    ...requests.map((request) => requestSpan(request, since)),
  ];
  return {
    id: thread.tid,
    name: thread.name,
    isMain: thread.isMain,
    ...stateOf(thread),
    pid: thread.pid,
    startedAtMs: since(thread.startedAt),
    endedAtMs: thread.end === null ? null : since(thread.end.at),
    end: thread.end?.reason ?? null,
    answered: Math.max(0, thread.succeeded - requests.filter(isGood).length),
    spans: spans.sort((a, b) => a.fromMs - b.fromMs).slice(0, spansKept),
  };
}

/** What the thread's loop did when it was last seen. */
function stateOf({ end, standstills }: ThreadRecord): Required<Pick<ThreadTimeline, 'state' | 'stack'>> {
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

function requestSpan(request: RequestRecord, since: (at: number) => number): ThreadSpan {
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

function isGood(request: RequestRecord): boolean {
  const { status, refusal, failure } = request;
  return status !== null && status < 400 && refusal === null && failure === null && !isHalf(request);
}

/** The head of an answer is none yet. */
function isHalf({ endedAt, endless }: RequestRecord): boolean {
  return endedAt === null && !endless;
}

function resultOf(request: RequestRecord): string {
  const { status, refusal, failure, state } = request;
  if (refusal !== null) return refusal;
  if (status !== null) return isHalf(request) ? `${status}, body open` : String(status);
  if (failure !== null) return failure.code === '' ? 'given up' : failure.code;
  return state === 'sent' ? 'no answer' : state === 'queued' ? 'queued' : 'never sent';
}
