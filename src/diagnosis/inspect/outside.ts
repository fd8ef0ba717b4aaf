import { type KernelThread, list, read, readCommandLine, readLink, readThreads } from './proc.ts';

/** What keeps a process's main thread from its event loop, as far as the kernel knows it. */
export type Blockage =
  | { readonly kind: 'child'; readonly pid: number; readonly command: string }
  | { readonly kind: 'call'; readonly name: string; readonly file: string | null }
  | { readonly kind: 'cpu' };

/** Numbers of the system calls in which a thread can rest for long, by architecture. */
const calls: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  x64: {
    0: 'read',
    1: 'write',
    7: 'poll',
    23: 'select',
    35: 'nanosleep',
    42: 'connect',
    43: 'accept',
    44: 'sendto',
    45: 'recvfrom',
    47: 'recvmsg',
    61: 'wait4',
    73: 'flock',
    74: 'fsync',
    202: 'futex',
    230: 'clock_nanosleep',
    232: 'epoll_wait',
    247: 'waitid',
    257: 'openat',
    271: 'ppoll',
    281: 'epoll_pwait',
    2: 'open',
    441: 'epoll_pwait2',
  },
  arm64: {
    22: 'epoll_pwait',
    32: 'flock',
    56: 'openat',
    63: 'read',
    64: 'write',
    72: 'select',
    73: 'ppoll',
    82: 'fsync',
    95: 'waitid',
    98: 'futex',
    101: 'nanosleep',
    115: 'clock_nanosleep',
    203: 'connect',
    206: 'sendto',
    207: 'recvfrom',
    212: 'recvmsg',
    260: 'wait4',
    441: 'epoll_pwait2',
  },
};

/** The name of the system call that a thread is in; null where it runs, or its number is not among those known. */
export function callName({ call }: KernelThread): string | null {
  return call === null ? null : (calls[process.arch]?.[call.number] ?? `system call ${call.number}`);
}

function waitsForEvents(thread: KernelThread): boolean {
  return callName(thread)?.startsWith('epoll_') === true;
}

/**
 * Whether the main thread waits in the kernel for something else than its event loop or another thread. It then can't
 * answer its inspector, which would open only after the wait, with nobody there to close it.
 */
export function blockageOf(pid: number, threads: readonly KernelThread[]): Blockage | null {
  const main = threads.find(({ tid }) => tid === pid);
  if (main === undefined || (main.state !== 'S' && main.state !== 'D')) return null;
  const name = callName(main);
  if (name === null || name === 'futex') return null;
  if (!waitsForEvents(main)) return { kind: 'call', name, file: fileOf(pid, main) };
  return isInNestedLoop(pid, main, threads) ? childBehind(pid) : null;
}

/**
 * `execSync` and the like run an event loop of their own. The program's is the first that the process opened, apart from
 * those that other threads wait for.
 */
function isInNestedLoop(pid: number, main: KernelThread, threads: readonly KernelThread[]): boolean {
  const waited = Number(main.call?.args[0] ?? -1n);
  const others = new Set(
    threads
      .filter((thread) => thread !== main && waitsForEvents(thread))
      .map(({ call }) => Number(call?.args[0] ?? -1n)),
  );
  const loops = eventLoops(pid).filter((fd) => !others.has(fd));
  return loops.length > 1 && loops[0] !== waited && loops.includes(waited);
}

/** Descriptors of the event loops that watch anything, in the order in which they were opened. */
function eventLoops(pid: number): readonly number[] {
  return list(`/proc/${pid}/fd`)
    .filter(
      (fd) =>
        readLink(`/proc/${pid}/fd/${fd}`).includes('eventpoll') &&
        /^tfd:/m.test(read(`/proc/${pid}/fdinfo/${fd}`) ?? ''),
    )
    .map(Number)
    .sort((a, b) => a - b);
}

function childBehind(pid: number): Blockage {
  const children = (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
  const child = children.at(-1) ?? 0;
  return { kind: 'child', pid: child, command: readCommandLine(child).join(' ') };
}

/** The file behind the first argument of a call that reads, writes or locks one. */
function fileOf(pid: number, { call }: KernelThread): string | null {
  const fd = call?.args[0];
  if (fd === undefined || fd > 1_000_000n) return null;
  const target = readLink(`/proc/${pid}/fd/${fd}`);
  return target === '' ? null : target;
}

/** The same blockage at both moments: one that passes is none. */
export function lastingBlockage(pid: number, before: readonly KernelThread[]): Blockage | null {
  const earlier = blockageOf(pid, before);
  const now = readThreads(pid);
  const later = blockageOf(pid, now);
  return earlier !== null && later !== null && JSON.stringify(earlier) === JSON.stringify(later)
    ? later
    : null;
}

/** Threads other than the main one that work or wait in the kernel for anything but events and other threads. */
export function busyThreads(pid: number, threads: readonly KernelThread[]): readonly KernelThread[] {
  return threads.filter((thread) => {
    if (thread.tid === pid) return false;
    const name = callName(thread);
    return name === null
      ? thread.state === 'R' || thread.state === 'D'
      : name !== 'futex' && !name.startsWith('epoll_');
  });
}
