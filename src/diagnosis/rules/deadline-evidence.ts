import type { ProgramRecord, RequestRecord } from '../record.ts';
import { ageOf } from './wording.ts';

/** A line about the request's own timeout where it should have fired and did not. */
export function deadlineEvidence(request: RequestRecord, record: ProgramRecord): readonly string[] {
  const { deadline, loop } = request;
  if (deadline === null || request.endedAt !== null) return [];
  if (ageOf(request, record) < deadline.ms + 200) return [];
  const isStopped = loop?.standstills.at(-1)?.to === null;
  return [
    `its own ${deadline.what} has not fired${isStopped ? ': that timeout is a timer on the same loop' : ''}`,
  ];
}
