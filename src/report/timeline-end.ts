import type { ThreadSpan, ThreadTimeline } from '../model/finding.ts';
import type { Report } from '../model/report.ts';

/** The last moment of a timeline, in ms: the report's end, or what a thread did after it. */
export function timelineEndMs({ threads = [], durationMs }: Pick<Report, 'threads' | 'durationMs'>): number {
  return Math.max(1, durationMs, ...threads.flatMap(lastMoments));
}

function lastMoments({ startedAtMs, endedAtMs, spans }: ThreadTimeline): readonly number[] {
  return [startedAtMs, endedAtMs ?? 0, ...spans.map(({ fromMs, toMs }) => toMs ?? fromMs)];
}

/** Where a span ends on a timeline: what was still going on goes on as long as its thread. */
export function spanEndMs({ toMs }: ThreadSpan, { endedAtMs }: ThreadTimeline, timelineEnd: number): number {
  return toMs ?? endedAtMs ?? timelineEnd;
}
