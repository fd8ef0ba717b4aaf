import { isIP } from 'node:net';
import type {
  LoopRecord,
  PoolWait,
  ProgramRecord,
  RequestRecord,
  Standstill,
  ThreadRecord,
} from '../record.ts';
import { ageOf, lastSeen } from './wording.ts';

/** The server has answered, and well: what became of the body is another matter. */
export function isAnswered(request: RequestRecord): boolean {
  const { status } = request;
  return status !== null && status >= 100 && status < 400 && request.refusal === null;
}

/** Answered well, with a body that has an end and that nobody has read up to it. */
export function isUnended(request: RequestRecord): boolean {
  const { status, endedAt, endless, failure } = request;
  return isAnswered(request) && status !== 101 && failure === null && endedAt === null && !endless;
}

/** Neither answered nor given up: nobody knows what became of it. */
export function isOpen(request: RequestRecord): boolean {
  return request.endedAt === null && request.status === null;
}

/** A poll that is cancelled when the program ends has done its work. */
export function isReading({ method }: RequestRecord): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The port that it asks on this machine; null where it asks another one. */
export function localPort({ origin }: RequestRecord): number | null {
  try {
    const { hostname, port, protocol } = new URL(origin);
    if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/.test(hostname)) return null;
    return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  } catch {
    return null;
  }
}

/** The other side waits for the rest of its body, and not the program for the other side. */
export function isBeingMade({ bytes, state, failure }: RequestRecord): boolean {
  return state === 'sending' && failure === null && bytes !== null && bytes.producer !== null;
}

/** Time from its start to its response or end. */
export function latencyOf(request: RequestRecord, record: ProgramRecord): number {
  return (request.headersAt ?? lastSeen(request, record)) - request.startedAt;
}

export interface Overlap {
  readonly standstill: Standstill;
  readonly ms: number;
}

/** The longest single standstill of its loop while the request waited. */
export function longestStandstill(request: RequestRecord, record: ProgramRecord): Overlap | null {
  const until = request.headersAt ?? lastSeen(request, record);
  let longest: Overlap | null = null;
  for (const standstill of request.loop?.standstills ?? []) {
    const ms = overlap(standstill, request.startedAt, until);
    if (ms > 0 && (longest === null || ms > longest.ms)) longest = { standstill, ms };
  }
  return longest;
}

function overlap(standstill: Standstill, from: number, until: number): number {
  const end = Math.min(standstill.from + standstill.durationMs, until);
  return end - Math.max(standstill.from, from);
}

/** The standstill that it was in when the record of it ends. */
export function finalStandstill({ standstills }: Pick<LoopRecord, 'standstills'>): Standstill | null {
  const last = standstills.at(-1);
  return last !== undefined && last.to === null ? last : null;
}

export function isWait(standstill: Standstill): boolean {
  return standstill.kind === 'parked';
}

/** Whoever ran the loop has left it: nothing on it goes on. */
export function isLeft({ kind }: Standstill): boolean {
  return kind === 'stopped' || kind === 'closed';
}

/** A request that was started as soon as the loop ran again had waited for that. */
export function isFollowedByRequest({ lastRequestAt }: ThreadRecord, { to }: Standstill): boolean {
  return to !== null && lastRequestAt !== null && lastRequestAt >= to - 250;
}

export function isLasting(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  return ageOf(request, record) >= hangAfterMs;
}

/** Whether the host must be resolved, which takes a thread of a pool. */
export function isByName(request: RequestRecord): boolean {
  if (request.state === 'resolving') return true;
  try {
    const { hostname } = new URL(request.origin);
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
  } catch {
    return false;
  }
}

/** The longest time between the two moments in which the process's pool took no new lookup. */
export function longestPoolWait(
  record: ProgramRecord,
  pid: number,
  from: number,
  until: number,
): { readonly wait: PoolWait; readonly ms: number } | null {
  let longest: { wait: PoolWait; ms: number } | null = null;
  for (const wait of record.poolWaits) {
    if (wait.pid !== pid || wait.job?.isLookup === false) continue;
    const ms = Math.min(wait.done ? wait.to : record.end.at, until) - Math.max(wait.from, from);
    if (ms > 0 && (longest === null || ms > longest.ms)) longest = { wait, ms };
  }
  return longest;
}

/** Whether it asks a server of the program's own. */
export function isToItself(request: RequestRecord, { threads }: Pick<ProgramRecord, 'threads'>): boolean {
  const port = localPort(request);
  return port !== null && threads.some(({ listensOn }) => listensOn.includes(port));
}
