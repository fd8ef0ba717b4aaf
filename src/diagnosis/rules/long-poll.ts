import type { ProgramRecord, RequestRecord } from '../record.ts';
import { latencyOf } from './request-facts.ts';

/** A poll is answered this much later than it asked to be at most, as a share of its wait. */
const graceShare = 1.5;
/** A response that took so long, in ms, was waited for on purpose where the next such request follows at once. */
const slowMs = 1500;
const followsWithinMs = 2000;

/** It asks for what may come later, within the time that it gives the server. */
function isPatientRead(request: RequestRecord, record: ProgramRecord): boolean {
  const { asksFor, deadline, endless } = request;
  if (endless) return true;
  if (deadline === null) return asksFor === 'news';
  return latencyOf(request, record) < deadline.ms + 200 && (asksFor === 'news' || record.succeeded > 0);
}

/** A request that the server is to keep until it has news: it asks for that, or one like it was kept just before. */
export function isLongPoll(request: RequestRecord, record: ProgramRecord): boolean {
  const { asksToWaitMs, startedAt, asksFor } = request;
  // How long it asks to be kept says more than its name.
  if (asksToWaitMs !== null) return latencyOf(request, record) <= asksToWaitMs * graceShare + 1000;
  if (asksFor !== null) return isPatientRead(request, record);
  const earlier = record.requests.filter(
    (other) =>
      other !== request &&
      other.thread === request.thread &&
      other.method === request.method &&
      other.origin === request.origin &&
      other.path === request.path &&
      other.status !== null &&
      other.status < 300 &&
      other.endedAt !== null &&
      startedAt - other.endedAt >= 0 &&
      startedAt - other.endedAt < followsWithinMs &&
      latencyOf(other, record) >= slowMs,
  );
  const longest = Math.max(0, ...earlier.map((other) => latencyOf(other, record)));
  return longest > 0 && latencyOf(request, record) <= longest * 3;
}
