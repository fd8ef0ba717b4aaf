import type {
  LoopRecord,
  ProgramRecord,
  RequestRecord,
  Standstill,
  ThreadPlace,
  ThreadRecord,
} from '../record.ts';
import { requestStateTexts } from '../request-text.ts';

/** `the main thread`, `thread 3 (heartbeat)`; with its process where it is not the diagnosed one. */
export function threadText(thread: ThreadRecord): string {
  const text = thread.isMain ? 'the main thread' : workerText(thread);
  return thread.inChildProcess ? `${text} of process ${thread.pid}` : text;
}

/** Python's thread numbers are addresses, which say nothing. */
function workerText({ runtime, tid, name }: ThreadRecord): string {
  return runtime === 'python' ? `thread ${name}` : `thread ${tid} (${name})`;
}

/** `the loop of thread 3 (heartbeat)`. */
export function loopText({ thread }: Pick<LoopRecord, 'thread'>): string {
  return thread === null ? 'a loop' : `the loop of ${threadText(thread)}`;
}

/** ` at report.ts:3:1`, or nothing where the place is not known. */
export function at([place]: readonly string[]): string {
  return place === undefined ? '' : ` at ${place}`;
}

/** What kept a thread's loop from running: `ran synchronous code at report.ts:3:1`, `parked in Atomics.wait`. */
export function standstillText({ kind, call, statement, stack }: Standstill): string {
  switch (kind) {
    case 'parked':
      return `parked in ${call ?? 'a wait'}${at(stack)}`;
    case 'stopped':
      return 'had returned from its loop (run_until_complete, or run_forever)';
    case 'closed':
      return 'had closed its loop';
    case 'held':
      if (stack.length > 0)
        return `did not get to run: one call of native code${at(stack)} holds the interpreter’s lock (GIL), and no other thread runs,`;
      return 'did not get to run, as no thread of its process did: a C extension, or a stop signal, holds the interpreter,';
    case 'blocked':
      if (statement !== null) return `has been executing \`${statement}\`${at(stack)}`;
      return call === null ? `ran synchronous code${at(stack)}` : `was in ${call}${at(stack)}`;
  }
}

/** `\`time.sleep(30)\` at app.py:27 (write_report)`. */
export function placeText({ statement, stack: [frame] }: Pick<ThreadPlace, 'statement' | 'stack'>): string {
  const place = frame ?? 'an unknown place';
  return statement === null ? place : `\`${statement}\` at ${place}`;
}

/** Where every thread was when it was last looked at. */
export function placesEvidence({ places }: Pick<ProgramRecord, 'places'>): readonly string[] {
  return places
    .filter(({ stack }) => stack.length > 0)
    .slice(0, 8)
    .map((place) => `${threadText(place.thread)} was in ${placeText(place)}`);
}

/** ` (started at notify.ts:41:3)`, or nothing where the place is not known. */
export function startedAt(request: RequestRecord): string {
  const [frame] = request.stack;
  return frame === undefined ? '' : `, started at ${frame},`;
}

export function stateText(request: RequestRecord): string {
  return requestStateTexts[request.state];
}

/** When the request ended, or its thread, or else the observation. */
export function lastSeen(request: RequestRecord, record: ProgramRecord): number {
  return request.endedAt ?? request.thread.end?.at ?? record.end.at;
}

export function ageOf(request: RequestRecord, record: ProgramRecord): number {
  return Math.max(0, lastSeen(request, record) - request.startedAt);
}

/** A connection that two processes use at once. */
export function inheritedEvidence({ inherited }: RequestRecord): readonly string[] {
  if (!inherited) return [];
  return [
    'its connection was opened by the parent process before the fork: parent and child read each other’s responses from it; make the session after the fork',
  ];
}

/** Who is in between, and each address that was tried. */
export function wayEvidence({ proxy, failure }: RequestRecord): readonly string[] {
  const tries = failure?.tries ?? [];
  return [
    ...(proxy === null ? [] : [`it goes through the proxy ${proxy}`]),
    ...(tries.length === 0 ? [] : [`every address was tried: ${tries.join(', ')}`]),
  ];
}
