import {
  type Descriptors,
  hasProc,
  type KernelSocket,
  type KernelThread,
  readDescriptors,
  readSockets,
  readStatus,
  readThreads,
} from './proc.ts';

/** What the kernel says of a process at the second look, beside the first. */
export interface KernelView {
  readonly state: string;
  readonly before: readonly KernelThread[];
  readonly after: readonly KernelThread[];
  readonly sockets: readonly SocketView[];
  readonly descriptors: Descriptors | null;
  /** Whether it listened for connections before the look, which opens a port of its own. */
  readonly listens: boolean;
}

/** A socket at the second look, and whether it had moved since the first. */
export interface SocketView extends KernelSocket {
  readonly moved: boolean;
}

/** What the kernel says of a process at one moment. */
export interface KernelNow {
  readonly state: string;
  readonly threads: readonly KernelThread[];
  readonly sockets: readonly KernelSocket[];
}

export function kernelNow(pid: number): KernelNow | null {
  if (!hasProc()) return null;
  return { state: readStatus(pid)?.state ?? '', threads: readThreads(pid), sockets: readSockets(pid) };
}

/** `isOwn` says which sockets are the look's and none of the program's. */
export function kernelView(
  pid: number,
  first: KernelNow | null,
  untouched: KernelNow | null,
  isOwn: (socket: KernelSocket) => boolean = () => false,
): KernelView | null {
  const now = kernelNow(pid);
  if (first === null || now === null) return null;
  const sockets = now.sockets.filter((socket) => !isOwn(socket));
  return {
    state: now.state,
    before: first.threads,
    after: now.threads,
    sockets: sockets.map((socket) => ({ ...socket, moved: hasMoved(socket, first.sockets) })),
    descriptors: readDescriptors(pid),
    listens: (untouched ?? first).sockets.some(({ state }) => state === 'listening'),
  };
}

function hasMoved(socket: KernelSocket, before: readonly KernelSocket[]): boolean {
  const earlier = before.find(
    ({ fd, local, remote }) => fd === socket.fd && local === socket.local && remote === socket.remote,
  );
  return (
    earlier === undefined ||
    earlier.state !== socket.state ||
    earlier.unsent !== socket.unsent ||
    earlier.unread !== socket.unread
  );
}
