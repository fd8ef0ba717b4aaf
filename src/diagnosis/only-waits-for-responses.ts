import type { ProgramRecord } from './record.ts';
import { hasTimeLeft } from './rules/inconclusive.ts';
import { isLongPoll } from './rules/long-poll.ts';
import { localPort } from './rules/request-facts.ts';

/** Whether nothing but an answer that has not come for so long, in ms, could make a program go on. */
export function onlyWaitsForResponses(record: ProgramRecord, forMs: number): boolean {
  const open = record.requests.filter(({ endedAt }) => endedAt === null);
  const threads = record.threads.filter(({ end, isLauncher }) => end === null && !isLauncher);
  const ownPorts = open.map(localPort);
  return (
    open.length > 0 &&
    record.blindSpots.length === 0 &&
    open.every(
      (request) =>
        record.end.at - request.startedAt >= forMs &&
        record.end.at - request.stateAt >= forMs &&
        !request.endless &&
        !hasTimeLeft(request, record) &&
        !isLongPoll(request, record),
    ) &&
    threads.every(
      ({ isQuiet, timersToSend, listensOn }) =>
        isQuiet && timersToSend.length === 0 && listensOn.every((port) => ownPorts.includes(port)),
    )
  );
}
