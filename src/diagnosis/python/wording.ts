import type { LoopSeen, PythonRequestState, PythonThread } from './event.ts';
import type { PythonRecord, PythonRequest } from './record.ts';

export { duration } from '../rules/wording.ts';

export function threadText(thread: PythonThread | null): string {
  if (thread === null) return 'a thread';
  return thread.isMain ? 'the main thread' : `thread ${thread.name}`;
}

export function requestText({ started }: PythonRequest): string {
  const [frame] = started.stack;
  const place = frame === undefined ? '' : `, started at ${frame},`;
  return `${started.method} ${started.path} to ${started.origin}${place}`;
}

const stateTexts: Readonly<Record<PythonRequestState, string>> = {
  created: 'had not been sent',
  queued: 'waited in the client’s pool for a free connection',
  resolving: 'waited for the look-up of its host',
  connecting: 'was still connecting',
  sent: 'had been sent and waited for a reply',
  body: 'had its reply’s headers and waited for the rest of the body',
  'body-unread': 'had its reply, whose body nobody reads',
};

export function stateText({ state }: PythonRequest): string {
  return stateTexts[state];
}

export function ageOf(request: PythonRequest, record: PythonRecord): number {
  return Math.max(0, (request.endedAt ?? record.endedAt) - request.started.t);
}

/** Where a thread stands: `time.sleep(30) at app.py:27 (write_report)`. */
export function placeText({ statement, stack }: Pick<LoopSeen, 'statement' | 'stack'>): string {
  const [frame] = stack;
  const place = frame === undefined ? 'an unknown place' : frame;
  return statement === null ? place : `\`${statement}\` at ${place}`;
}

/** A line about the client's own timeout where it should have fired and did not. */
export function timeoutEvidence(request: PythonRequest, record: PythonRecord): readonly string[] {
  const { timeoutMs } = request;
  const { client } = request.started;
  if (request.endedAt !== null || timeoutMs === null || ageOf(request, record) < timeoutMs + 200) return [];
  const what =
    client === 'aiohttp' ? `ClientTimeout(total=${timeoutMs / 1000})` : `timeout=${timeoutMs / 1000}`;
  return [`its own ${what} has not fired: that timeout is a timer on the same loop`];
}

/** Where every thread was when it was last looked at. */
export function standingEvidence({ standing }: PythonRecord): readonly string[] {
  return standing
    .filter(({ stack }) => stack.length > 0)
    .slice(0, 8)
    .map((thread) => `${threadText(thread)} was in ${placeText(thread)}`);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
