import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A thread as the kernel sees it. */
export interface KernelThread {
  readonly tid: number;
  /** At most 15 characters. */
  readonly name: string;
  /** `R` runs, `S` sleeps, `D` waits for a device, `T` stopped, `t` traced, `Z` ended. */
  readonly state: string;
  /** The kernel function it sleeps in; empty where it runs or the kernel does not say. */
  readonly waitsIn: string;
  /** The system call it is in; null where it runs, or may not be asked. */
  readonly call: { readonly number: number; readonly args: readonly bigint[] } | null;
  /** Time on a CPU since its start, in ms, and time in which it was ready but had none. */
  readonly ranMs: number;
  readonly queuedMs: number;
}

export const socketStates = [
  'unknown',
  'established',
  'connecting',
  'accepting',
  'closing',
  'closing',
  'closed',
  'closed',
  'half-closed',
  'closing',
  'listening',
  'closing',
] as const;

/** A TCP socket of a process, in the kernel's words. */
export interface KernelSocket {
  readonly fd: number;
  readonly local: string;
  readonly remote: string;
  readonly localPort: number;
  /** `half-closed`: the other side has closed its end, and the program has not closed its own. */
  readonly state: (typeof socketStates)[number];
  /** Bytes that were written and that the other side has not acknowledged. */
  readonly unsent: number;
  /** Bytes that have come and that nobody has read; for a listening socket, connections nobody has accepted. */
  readonly unread: number;
}

export interface ProcessStatus {
  readonly name: string;
  readonly uid: number;
  readonly state: string;
  readonly parentPid: number;
  /** Its id in its own PID namespace where that is another one. */
  readonly innerPid: number | null;
  readonly catchesSigusr1: boolean;
  readonly ignoresSigusr1: boolean;
  readonly tracerPid: number;
}

/** Whether this system has a `/proc` to ask. */
export function hasProc(): boolean {
  return process.platform === 'linux';
}

export function readStatus(pid: number): ProcessStatus | null {
  const text = read(`/proc/${pid}/status`);
  if (text === null) return null;
  const line = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  const inner = line('NSpid').split(/\s+/).map(Number).at(-1) ?? pid;
  return {
    name: line('Name'),
    uid: Number(line('Uid').split(/\s+/)[0]),
    state: line('State').charAt(0),
    parentPid: Number(line('PPid')),
    innerPid: Number.isNaN(inner) || inner === pid || inner === 0 ? null : inner,
    catchesSigusr1: hasSignal(line('SigCgt'), 10),
    ignoresSigusr1: hasSignal(line('SigIgn'), 10),
    tracerPid: Number(line('TracerPid')),
  };
}

function hasSignal(mask: string, signal: number): boolean {
  return /^[0-9a-f]+$/i.test(mask) && (BigInt(`0x${mask}`) & (1n << BigInt(signal - 1))) !== 0n;
}

export function readThreads(pid: number): readonly KernelThread[] {
  return list(`/proc/${pid}/task`)
    .map(Number)
    .flatMap((tid) => readThread(pid, tid));
}

/** Whether the main thread ran, or was ready to and had no CPU, nearly all the time between two moments. */
export function mainIsBusy(
  pid: number,
  before: readonly KernelThread[],
  after: readonly KernelThread[],
  spanMs: number,
): boolean {
  const main = (threads: readonly KernelThread[]) => threads.find(({ tid }) => tid === pid);
  const [earlier, later] = [main(before), main(after)];
  if (earlier === undefined || later === undefined) return false;
  const ran = later.ranMs - earlier.ranMs;
  return ran > spanMs * 0.3 && ran + later.queuedMs - earlier.queuedMs > spanMs * 0.7;
}

/** Of a `stat` in `/proc`: the fields behind the name, which may hold anything. The first is the state. */
export function fieldsAfterName(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readThread(pid: number, tid: number): readonly KernelThread[] {
  const directory = `/proc/${pid}/task/${tid}`;
  const stat = read(`${directory}/stat`);
  if (stat === null) return [];
  const [ran = '0', queued = '0'] = (read(`${directory}/schedstat`) ?? '').split(' ');
  const wchan = read(`${directory}/wchan`) ?? '';
  return [
    {
      tid,
      // The name may hold anything, also a closing bracket.
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      state: fieldsAfterName(stat)[0] ?? '',
      waitsIn: wchan === '0' ? '' : wchan.replace(/\..*$/, ''),
      call: readCall(read(`${directory}/syscall`) ?? ''),
      ranMs: Number(ran) / 1e6,
      queuedMs: Number(queued) / 1e6,
    },
  ];
}

function readCall(text: string): KernelThread['call'] {
  const [number, ...args] = text.trim().split(' ');
  if (number === undefined || !/^\d+$/.test(number)) return null;
  return { number: Number(number), args: args.slice(0, 6).map(BigInt) };
}

export interface Descriptors {
  readonly open: number;
  readonly limit: number;
}

export function readDescriptors(pid: number): Descriptors | null {
  const open = list(`/proc/${pid}/fd`).length;
  const limit = /^Max open files\s+(\d+)/m.exec(read(`/proc/${pid}/limits`) ?? '')?.[1];
  return limit === undefined || open === 0 ? null : { open, limit: Number(limit) };
}

/** The TCP sockets that the process holds, in its own network namespace. */
export function readSockets(pid: number): readonly KernelSocket[] {
  const held = socketInodes(pid);
  return [...tcpLines(pid, 'tcp'), ...tcpLines(pid, 'tcp6')].flatMap((fields) => {
    const fd = held.get(fields[9] ?? '');
    if (fd === undefined) return [];
    const [unsent = '0', unread = '0'] = (fields[4] ?? '').split(':');
    const [localHost, localPort] = addressOf(fields[1] ?? '');
    const [remoteHost, remotePort] = addressOf(fields[2] ?? '');
    return [
      {
        fd,
        local: `${localHost}:${localPort}`,
        remote: `${remoteHost}:${remotePort}`,
        localPort,
        state: socketStates[Number.parseInt(fields[3] ?? '', 16)] ?? 'unknown',
        unsent: Number.parseInt(unsent, 16),
        unread: Number.parseInt(unread, 16),
      },
    ];
  });
}

/** Local ports of connections over which bytes have come that nobody has read, those that nobody has accepted among them. */
export function readPortsAsked(pid: number): ReadonlySet<number> {
  const held = socketInodes(pid);
  return portsAsked(
    [...tcpLines(pid, 'tcp'), ...tcpLines(pid, 'tcp6')].filter(
      // The kernel gives a connection its inode when it is accepted.
      ([, , , , , , , , , inode = '']) => inode === '0' || held.has(inode),
    ),
  );
}

/** From the fields of lines of `/proc/net/tcp`. */
export function portsAsked(lines: readonly (readonly string[])[]): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const fields of lines) {
    const state = socketStates[Number.parseInt(fields[3] ?? '', 16)];
    const unread = Number.parseInt(fields[4]?.split(':')[1] ?? '0', 16);
    // The end of what the other side sends counts as a byte.
    const bytes = state === 'half-closed' ? unread - 1 : state === 'established' ? unread : 0;
    if (bytes > 0) ports.add(addressOf(fields[1] ?? '')[1]);
  }
  return ports;
}

/**
 * Bytes that have come over a socket to another process of this machine and that nobody has read, by descriptor. The
 * kernel says so by netlink only, for which `ss` of iproute2 is asked; null where that is not installed.
 */
export function readLocalUnread(pid: number, fds: readonly number[]): ReadonlyMap<number, number> | null {
  const { stdout, status } = spawnSync('ss', ['-H', '-x', '-n', '-a'], { encoding: 'utf8', timeout: 2000 });
  if (status !== 0) return null;
  const held = socketInodes(pid);
  const unread = new Map<number, number>();
  for (const line of stdout.split('\n')) {
    // u_str ESTAB 0 0 * 4711 * 4712
    const [, , received = '', , , inode = ''] = line.trim().split(/\s+/);
    const fd = held.get(inode);
    if (fd !== undefined && fds.includes(fd)) unread.set(fd, Number(received));
  }
  return unread;
}

/** Ports of TCP that anybody listens on in the process's network namespace. */
export function readListeningPorts(pid: number): readonly number[] {
  return [...tcpLines(pid, 'tcp'), ...tcpLines(pid, 'tcp6')].flatMap((fields) =>
    fields[3] === '0A' ? [addressOf(fields[1] ?? '')[1]] : [],
  );
}

function socketInodes(pid: number): ReadonlyMap<string, number> {
  const inodes = new Map<string, number>();
  for (const fd of list(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.set(inode, Number(fd));
  }
  return inodes;
}

function tcpLines(pid: number, family: 'tcp' | 'tcp6'): readonly (readonly string[])[] {
  return (read(`/proc/${pid}/net/${family}`) ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9);
}

/** `0100007F:1F90` is 127.0.0.1:8080: each group of four bytes is in the machine's own order. */
function addressOf(text: string): readonly [string, number] {
  const [host = '', port = '0'] = text.split(':');
  const bytes = (host.match(/.{8}/g) ?? []).flatMap((group) => (group.match(/../g) ?? []).reverse());
  const groups = bytes.map((byte) => Number.parseInt(byte, 16));
  return [groups.length === 4 ? groups.join('.') : ipv6Of(groups), Number.parseInt(port, 16)];
}

function ipv6Of(bytes: readonly number[]): string {
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return bytes.slice(12).join('.');
  const words = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  const text = words.map((word) => word.toString(16)).join(':');
  return `[${text.replace(/(^|:)0(:0)+(:|$)/, '::')}]`;
}

export function readCommandLine(pid: number): readonly string[] {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((part) => part !== '');
}

/** Null where the variable is not set, or the environment may not be read. */
export function readVariable(pid: number, name: string): string | null {
  const line = (read(`/proc/${pid}/environ`) ?? '').split('\0').find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1) ?? null;
}

export function readExecutable(pid: number): string {
  return readLink(`/proc/${pid}/exe`);
}

/** Where there is no `/proc`, `ps` is asked. */
export function childrenOf(pid: number): readonly number[] {
  if (!hasProc()) return childrenByPs(pid);
  return list(`/proc/${pid}/task`).flatMap((tid) =>
    (read(`/proc/${pid}/task/${tid}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function childrenByPs(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return (stdout ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
}

export function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

export function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

export function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
