import type { Finding } from '../../../model/finding.ts';
import type { PythonRecord } from '../record.ts';
import { standingEvidence } from '../wording.ts';

const followed = 'aiohttp, httpx, requests, urllib3, urllib, http.client, tornado or pycurl';

/** Where nothing is wrong with what was seen: what could not be seen, or that there was nothing. */
export function notSeen(records: readonly PythonRecord[]): readonly Finding[] {
  const spots = records.flatMap(({ blindSpots }) => blindSpots);
  const used = spots.filter(({ byUser }) => byUser);
  const isSilent = records.every(({ started }) => started === 0);
  if (used.length > 0 || (isSilent && spots.length > 0))
    return [inconclusive(used.length > 0 ? used : spots, records)];
  if (!isSilent) return [];
  return [records.every(({ gone }) => gone) ? noRequest(records) : stillSilent(records)];
}

function inconclusive(
  spots: readonly PythonRecord['blindSpots'][number][],
  records: readonly PythonRecord[],
): Finding {
  const names = [...new Set(spots.map(({ what }) => what))];
  const started = records.reduce((sum, record) => sum + record.started, 0);
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: `The program uses ${names.join(', ')}, which the doctor does not follow`,
    thread: null,
    request: null,
    evidence: [
      ...spots.map(({ what, stack: [place] }) => `${what}: used at ${place ?? 'an unknown place'}`),
      `requests made through ${followed} are followed: ${started} ${started === 1 ? 'was' : 'were'} seen`,
      ...records.flatMap(standingEvidence),
    ],
    stack: spots[0]?.stack ?? [],
    fix: `Make the request through ${followed} for the time of the diagnosis, or look at the far end’s own record`,
  };
}

function stillSilent(records: readonly PythonRecord[]): Finding {
  return {
    code: 'inconclusive',
    severity: 'warning',
    title: 'The program had made no request when the observation ended, and was still running',
    thread: null,
    request: null,
    evidence: [`none was made through ${followed}`, ...records.flatMap(standingEvidence)],
    stack: [],
    fix: 'Watch for longer than its timer takes (--timeout), and check that the timer is set and its callback runs',
  };
}

function noRequest(records: readonly PythonRecord[]): Finding {
  const processes = records.length === 1 ? 'one Python process' : `${records.length} Python processes`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'The program made no request',
    thread: null,
    request: null,
    evidence: [
      `${processes} watched from the first statement on; none made a request through ${followed}`,
      ...records.flatMap(standingEvidence),
    ],
    stack: [],
    fix: 'Check that the timer is set, that its callback runs and that what it calls reaches the client; a longer --timeout watches for longer',
  };
}
