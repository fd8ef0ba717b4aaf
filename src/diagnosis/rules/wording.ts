import type { ProgramRecord, RequestRecord, RequestState, Standstill, ThreadRecord } from '../record.ts';

export { duration } from '../duration.ts';

/** `main thread`, `thread 3 (heartbeat)`; with its process where it is not the diagnosed one. */
export function threadText(thread: ThreadRecord): string {
  const text = thread.isMain ? 'main thread' : `thread ${thread.tid} (${thread.name})`;
  return thread.inChildProcess ? `${text} of process ${thread.pid}` : text;
}

/** `ran synchronous code at report.ts:3:1`, `parked in Atomics.wait`. */
export function standstillText({ call, stack: [place] }: Standstill): string {
  const what =
    call === null ? 'ran synchronous code' : `${call === 'Atomics.wait' ? 'parked' : 'stood'} in ${call}`;
  return place === undefined ? what : `${what} at ${place}`;
}

export function requestText(request: RequestRecord): string {
  return `${request.method} ${request.path} to ${request.origin}`;
}

/** ` (started at notify.ts:41:3)`, or nothing where the place is not known. */
export function startedAt(request: RequestRecord): string {
  const [frame] = request.stack;
  return frame === undefined ? '' : `, started at ${frame},`;
}

const stateTexts: Readonly<Record<RequestState, string>> = {
  created: 'had not been sent',
  queued: 'waited in the client’s queue for a free connection',
  resolving: 'waited for the DNS lookup of its host',
  connecting: 'was still connecting',
  unfinished: 'had not been finished by the program (its end() was not called)',
  sending: 'was being sent',
  sent: 'had been sent and waited for a reply',
  body: 'had its reply’s headers and waited for the rest of the body',
  'body-unread': 'had its reply, whose body nobody reads',
  'body-held': 'had its reply, of whose body the program takes no more',
};

export function stateText(request: RequestRecord): string {
  return stateTexts[request.state];
}

/** When the request ended, or its thread, or else the observation. */
export function lastSeen(request: RequestRecord, record: ProgramRecord): number {
  return request.endedAt ?? request.thread.end?.at ?? record.end.at;
}

export function ageOf(request: RequestRecord, record: ProgramRecord): number {
  return Math.max(0, lastSeen(request, record) - request.startedAt);
}

/** A line about the request's own timeout where it should have fired and did not. */
export function deadlineEvidence(request: RequestRecord, record: ProgramRecord): readonly string[] {
  const { deadline } = request;
  if (deadline === null || request.endedAt !== null) return [];
  if (ageOf(request, record) < deadline.ms + 200) return [];
  return [`its own ${deadline.what} has not fired`];
}

/** Who is in between, and each address that was tried. */
export function wayEvidence({ proxy, failure }: RequestRecord): readonly string[] {
  const tries = failure?.tries ?? [];
  return [
    ...(proxy === null ? [] : [`it goes through the proxy ${proxy}`]),
    ...(tries.length === 0 ? [] : [`every address was tried: ${tries.join(', ')}`]),
  ];
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
