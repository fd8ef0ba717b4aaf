import { childrenOf, hasProc, read, readSockets } from '../inspect/proc.ts';
import type { SelfAsking } from '../record.ts';
import type { Thread } from './thread.ts';

const processesLookedAt = 20;

/** The process that the thread waits for in a call that blocks, if that has asked a server of the thread; it is marked there. */
export function lookForSelfAsking(thread: Thread): void {
  const { stoppingCall, listensOn, pid } = thread;
  if (stoppingCall?.call.startsWith('child_process.') !== true || stoppingCall.askedBy !== null) return;
  if (listensOn.length === 0 || !hasProc()) return;
  const askedBy = askerAmong(descendantsOf(pid), listensOn);
  if (askedBy !== null) thread.stoppingCall = { ...stoppingCall, askedBy };
}

function askerAmong(pids: readonly number[], ports: readonly number[]): SelfAsking | null {
  for (const pid of pids) {
    const port = ports.find((one) => isAsked(pid, one));
    if (port !== undefined) return { pid, name: read(`/proc/${pid}/comm`) ?? 'a process', port };
  }
  return null;
}

/** The kernel takes connections for a loop that does not run, and what is written to them. */
function isAsked(pid: number, port: number): boolean {
  return readSockets(pid).some(
    ({ state, remote }) => state === 'established' && isOfThisMachine(remote) && remote.endsWith(`:${port}`),
  );
}

function isOfThisMachine(address: string): boolean {
  return /^(?:127\.|\[::1\])/.test(address);
}

function descendantsOf(pid: number): readonly number[] {
  const found = [...childrenOf(pid)];
  for (const child of found) if (found.length < processesLookedAt) found.push(...childrenOf(child));
  return found.slice(0, processesLookedAt);
}
