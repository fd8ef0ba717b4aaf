import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCode } from '../notifier-error.ts';

/**
 * Takes the journal for this notifier; resolves to the function that gives it back. The kernel gives back what a process
 * or a thread had that has ended, however it ended, so there is no number of a process to be mistaken.
 * @throws Error when another notifier has it, in whichever thread, process or container.
 */
export function lockJournal(path: string): Promise<() => void> {
  const flag = openExclusively[process.platform];
  return flag === undefined ? lockBySocket(path) : lockByOpening(path, flag);
}

/** Flags by which open(2) takes a lock that the kernel keeps; Linux has none. Node gives them no names. */
const openExclusively: Partial<Record<NodeJS.Platform, number>> = {
  darwin: 0x20 | (constants.O_NONBLOCK ?? 0),
  freebsd: 0x20 | (constants.O_NONBLOCK ?? 0),
  openbsd: 0x20 | (constants.O_NONBLOCK ?? 0),
  win32: 0x10000000,
};

async function lockByOpening(journal: string, flag: number): Promise<() => void> {
  const lock = `${journal}.lock`;
  for (;;) {
    const fd = tryOpening(lock, flag);
    if (fd === null) throw inUse(journal, basename(lock));
    // Whoever had it before may have removed the file after it was opened here.
    if (statSync(lock, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) {
      return () => {
        if (process.platform !== 'win32') rmSync(lock, { force: true });
        closeSync(fd);
      };
    }
    closeSync(fd);
  }
}

function tryOpening(lock: string, flag: number): number | null {
  try {
    return openSync(lock, constants.O_RDWR | constants.O_CREAT | flag, 0o600);
  } catch (error) {
    if (hasCode(error, 'EAGAIN', 'EBUSY')) return null;
    throw error;
  }
}

/** Time, in ms, that a notifier waits for others which began to ask for the same journal at the same time. */
const contestMs = 1000;

/** A notifier that asks for a journal or has it. */
interface Asking {
  /** Of its socket, beside the journal; begins with the time, so that the one that came first is the first. */
  readonly name: string;
  end(): void;
}

/**
 * Each notifier that asks for the journal listens on a socket beside it, under a name that is never used again, and only
 * then looks for others: of two, at least one sees the other. A socket that refuses connections is left from one that has
 * ended. Of those that ask at the same time, the one that came first stays.
 */
async function lockBySocket(journal: string): Promise<() => void> {
  const folder = openSync(dirname(journal), 'r');
  const asking = await ask(journal, folder).catch((error: unknown) => {
    closeSync(folder);
    if (hasCode(error, ...noSockets)) return null;
    throw error;
  });
  if (asking === null) return lockByName(journal);
  try {
    if (await isAlone(journal, folder, asking.name)) return asking.end;
  } catch (error) {
    asking.end();
    throw error;
  }
  asking.end();
  return lockBySocket(journal);
}

/**
 * Resolves to false where the own socket is gone: another notifier saw it before it listened.
 * @throws Error when another notifier has the journal.
 */
async function isAlone(journal: string, folder: number, own: string): Promise<boolean> {
  const endsAt = performance.now() + contestMs;
  for (;;) {
    const names = locksOf(journal);
    if (!names.includes(own)) return false;
    const others = names.filter((name) => name !== own);
    const lives = await Promise.all(others.map((name) => isAlive(addressOf(folder, journal, name))));
    for (const name of others.filter((_, index) => lives[index] === false))
      forget(join(dirname(journal), name));
    const first = others.find((_, index) => lives[index]);
    if (first === undefined) return true;
    if (first < own || performance.now() > endsAt) throw inUse(journal, first);
    await sleep(10);
  }
}

/** No other notifier ever takes this name, so what is removed here is what was seen. */
function forget(lock: string): void {
  try {
    rmSync(lock, { force: true });
  } catch {
    // In a folder where only its owner may, it stays, and is nobody's all the same.
  }
}

async function ask(journal: string, folder: number): Promise<Asking> {
  const microseconds = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const time = microseconds.toString(36).padStart(11, '0');
  const name = `${basename(journal)}.lock-${time}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const server = await listen(addressOf(folder, journal, name));
  const end = () => {
    if (!server.listening) return;
    // Removes the socket's file, too, while the folder is still open.
    server.close();
    closeSync(folder);
  };
  return { name, end };
}

/** The sockets beside a journal, the first that asked first. */
function locksOf(journal: string): string[] {
  const start = `${basename(journal)}.lock-`;
  return readdirSync(dirname(journal))
    .filter(
      (name) => name.startsWith(start) && /^[0-9a-z]{11}-\d+-[0-9a-f]{8}$/.test(name.slice(start.length)),
    )
    .sort();
}

/** Longest address of a socket, in bytes, that every system takes. */
const longestAddress = 103;

/** A folder of whatever depth has a short name while it is open, where there is a `/proc`. */
function addressOf(folder: number, journal: string, name: string): string {
  const short = `/proc/self/fd/${folder}`;
  const address = join(existsSync(short) ? short : dirname(journal), name);
  if (Buffer.byteLength(address) <= longestAddress) return address;
  throw new Error(`the journal ${journal} can't be locked; its name is too long; use a shorter one`);
}

/** True for a notifier that has not ended, though its loop may be blocked: the kernel takes the connection. */
function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const answer = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', (error) => answer(!hasCode(error, 'ECONNREFUSED', 'ENOENT')));
  });
}

/** What bind(2) says of a folder whose file system has no sockets. */
const noSockets = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/**
 * Where the file system has no sockets, as in some shared folders of virtual machines, one without a file: it keeps other
 * processes of this machine or container away, though not those of another one.
 */
export async function lockByName(journal: string): Promise<() => void> {
  const { dev, ino } = statSync(dirname(journal), { bigint: true });
  const name = createHash('sha256')
    .update(`${dev}:${ino}:${basename(journal)}`)
    .digest('hex');
  try {
    const server = await listen(`\0timer-notify-${name}`);
    return () => void server.close();
  } catch (error) {
    throw hasCode(error, 'EADDRINUSE') ? inUse(journal, null) : error;
  }
}

/** Whoever connects has learnt all there is to know. */
async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  // Of its own, also in a worker of a cluster.
  server.listen({ path, exclusive: true });
  await once(server, 'listening');
  return server.unref();
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

/** @param lock the name of what keeps it, beside the journal; null where that is no file */
function inUse(journal: string, lock: string | null): Error {
  const pid = lock?.match(/-(\d+)-[0-9a-f]{8}$/)?.[1];
  const owner = pid === undefined ? 'another notifier writes it' : `process ${pid} writes it`;
  const seen = lock === null ? '' : ` (${join(dirname(journal), lock)})`;
  const problem = `the journal ${journal} is in use; ${owner}${seen}; give each process a journal of its own`;
  return withCode('journal-in-use', new Error(problem));
}
