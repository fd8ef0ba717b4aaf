import type { ThreadSpan, ThreadTimeline } from '../../model/finding.ts';
import type { PythonThread } from './event.ts';
import type { LoopRecord, PythonRecord, PythonRequest } from './record.ts';
import { standingOf } from './rules/standing.ts';
import { placeText } from './wording.ts';

const spansKept = 100;

/** What each thread of each process did, in ms since the program started. */
export function pythonTimeline(
  records: readonly PythonRecord[],
  startedAt: number,
): readonly ThreadTimeline[] {
  const since = (at: number) => Math.max(0, Math.round(at - startedAt));
  return records.flatMap((record) =>
    record.threads.map(({ thread, firstAt, answered }) => ({
      id: thread.id,
      name: thread.name,
      isMain: thread.isMain,
      pid: record.pid,
      startedAtMs: since(firstAt),
      endedAtMs: record.gone ? since(record.endedAt) : null,
      end: record.gone ? (record.exit?.how ?? 'killed') : null,
      answered,
      spans: spansOf(thread, record, since),
    })),
  );
}

function spansOf(
  thread: PythonThread,
  record: PythonRecord,
  since: (at: number) => number,
): readonly ThreadSpan[] {
  const loops = [...record.loops.values()].filter((loop) => loop.thread?.id === thread.id);
  return [
    ...record.requests
      .filter(({ started }) => started.thread.id === thread.id)
      .map((request) => requestSpan(request, since)),
    ...loops.flatMap((loop) => loopSpans(loop, record, since)),
  ]
    .sort((a, b) => a.fromMs - b.fromMs)
    .slice(0, spansKept);
}

function requestSpan(request: PythonRequest, since: (at: number) => number): ThreadSpan {
  const { started, endedAt, head, refusal } = request;
  return {
    kind: 'request',
    fromMs: since(started.t),
    toMs: endedAt === null ? null : since(endedAt),
    text: `${started.method} ${started.origin}${started.path}`,
    result: resultOf(request),
    good: head !== null && head.status < 400 && refusal === null,
  };
}

function resultOf({ head, refusal, failure, state }: PythonRequest): string {
  if (refusal !== null) return refusal;
  if (failure !== null) return failure.code;
  if (head !== null) return String(head.status);
  if (state === 'queued') return 'queued';
  return state === 'sent' ? 'no answer' : 'never sent';
}

function loopSpans(loop: LoopRecord, record: PythonRecord, since: (at: number) => number): ThreadSpan[] {
  const span = (kind: 'parked' | 'blocked', from: number, to: number | null, text: string): ThreadSpan => ({
    kind,
    fromMs: since(from),
    toMs: to === null ? null : since(to),
    text,
    result: null,
    good: false,
  });
  const past = loop.stood.map((stood) => span('blocked', stood.t - stood.forMs, stood.t, placeText(stood)));
  const standing = standingOf(loop, record);
  if (standing !== null)
    return [...past, span('blocked', record.endedAt - standing.forMs, null, placeText(standing.place))];
  return isMissed(loop, record)
    ? [...past, span('parked', loop.since, null, `its loop is ${loop.state}`)]
    : past;
}

/** Whether something waits for a loop that does not run any more. */
function isMissed({ state, number }: LoopRecord, { requests, handovers }: PythonRecord): boolean {
  if (state !== 'stopped' && state !== 'closed') return false;
  return (
    requests.some(({ started, endedAt }) => started.loop === number && endedAt === null) ||
    handovers.some(({ made, end }) => made.loop === number && end === null)
  );
}
