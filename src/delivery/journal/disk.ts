import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

/** What a journal asks of the file system: behind one interface, so that a crash can be tried between any two steps. */
export interface Disk {
  /**
   * Opens a file at whose end every write goes, and which can be read; one that isn't there is made only where `create`
   * says so.
   */
  openToAppend(path: string, create: boolean): number;
  openToRead(path: string): number;
  /** Returns how many bytes were written, which may be fewer than there are. */
  write(fd: number, bytes: Uint8Array): number;
  /** Returns how many bytes were read from this position on; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Returns when what was written to the file is on the disk. */
  sync(fd: number): void;
  /** Returns when the names in this folder are on the disk. */
  syncFolder(path: string): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  namesIn(folder: string): string[];
  /** False when the open file was removed or renamed, or another one is now at this path. */
  isAt(path: string, fd: number): boolean;
}

export const realDisk: Disk = {
  openToAppend: (path, create) =>
    openRegularFile(path, constants.O_RDWR | constants.O_APPEND | (create ? constants.O_CREAT : 0)),
  openToRead: (path) => openRegularFile(path, constants.O_RDONLY),
  write: (fd, bytes) => writeSync(fd, bytes),
  read: (fd, into, position) => readSync(fd, into, 0, into.length, position),
  sync: (fd) => fdatasyncSync(fd),
  syncFolder: (path) => {
    // Windows opens no folders, and needs no sync of them.
    if (process.platform === 'win32') return;
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  },
  close: (fd) => closeSync(fd),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  namesIn: (folder) => readdirSync(folder),
  isAt: (path, fd) => {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    const open = fstatSync(fd, { bigint: true });
    return found !== undefined && found.ino === open.ino && found.dev === open.dev;
  },
};

/** Windows has neither of these. */
const noLinkNoWait = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Neither waits for the other end of a FIFO nor writes to a device.
 * @throws Error where it is not a regular file.
 */
function openRegularFile(path: string, flags: number): number {
  const fd = openSync(path, flags | noLinkNoWait, 0o600);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a regular file`);
}

/** For a file that nobody else writes. */
export function writeAll(disk: Disk, fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += disk.write(fd, bytes.subarray(written));
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
