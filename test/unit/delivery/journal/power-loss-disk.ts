import { dirname, join } from 'node:path';
import type { Disk } from '../../../../src/delivery/journal/disk.ts';

interface File {
  /** What a reader sees. */
  bytes: Buffer;
  /** How many of them were synced. */
  synced: number;
}

interface Name {
  /** What the folder says; null where the name was removed. */
  now: File | null;
  /** What it said at its last sync. */
  synced: File | null;
}

/** A disk in memory whose machine loses its power at one step: what was not synced may be there then, or not. */
export class PowerLossDisk implements Disk {
  readonly #names: Map<string, Name>;
  readonly #open = new Map<number, File>();
  #stepsLeft: number;
  #nextFd = 100;

  constructor(stepsLeft: number, names = new Map<string, Name>()) {
    this.#stepsLeft = stepsLeft;
    this.#names = names;
  }

  get hasPower(): boolean {
    return this.#stepsLeft > 0;
  }

  /** Size of all files together. */
  get bytes(): number {
    return [...this.#names.values()].reduce((sum, { now }) => sum + (now?.bytes.length ?? 0), 0);
  }

  /** @param isKept decides of each thing that was not synced whether it is there all the same; 0..1 */
  afterPowerLoss(stepsLeft: number, isKept: () => number): PowerLossDisk {
    const files = new Map<File, File>();
    const survivor = (file: File | null): File | null => {
      if (file === null) return null;
      const known = files.get(file);
      if (known !== undefined) return known;
      const length = file.synced + Math.floor(isKept() * (file.bytes.length - file.synced + 1));
      const left = Math.min(length, file.bytes.length);
      const kept = { bytes: Buffer.from(file.bytes.subarray(0, left)), synced: left };
      files.set(file, kept);
      return kept;
    };
    const names = new Map<string, Name>();
    for (const [path, { now, synced }] of this.#names) {
      const file = survivor(isKept() < 0.5 ? synced : now);
      if (file !== null) names.set(path, { now: file, synced: file });
    }
    return new PowerLossDisk(stepsLeft, names);
  }

  openToAppend(path: string, create: boolean): number {
    this.#step();
    const file = this.#find(path) ?? (create ? { bytes: Buffer.alloc(0), synced: 0 } : missing());
    this.#setName(path, file);
    return this.#opened(file);
  }

  openToRead(path: string): number {
    this.#step();
    return this.#opened(this.#find(path) ?? missing());
  }

  write(fd: number, bytes: Uint8Array): number {
    this.#step();
    const file = this.#fileOf(fd);
    file.bytes = Buffer.concat([file.bytes, bytes]);
    return bytes.length;
  }

  read(fd: number, into: Uint8Array, position: number): number {
    return this.#fileOf(fd).bytes.copy(into, 0, position);
  }

  sync(fd: number): void {
    this.#step();
    const file = this.#fileOf(fd);
    file.synced = file.bytes.length;
  }

  syncFolder(path: string): void {
    this.#step();
    for (const [name, entry] of this.#names) if (dirname(name) === path) entry.synced = entry.now;
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  rename(from: string, to: string): void {
    this.#step();
    this.#setName(to, this.#find(from) ?? missing());
    this.#setName(from, null);
  }

  remove(path: string): void {
    this.#step();
    this.#setName(path, null);
  }

  namesIn(folder: string): string[] {
    return [...this.#names].flatMap(([path, { now }]) =>
      now !== null && join(folder, path.slice(folder.length + 1)) === path
        ? [path.slice(folder.length + 1)]
        : [],
    );
  }

  isAt(path: string, fd: number): boolean {
    return this.#find(path) === this.#fileOf(fd);
  }

  #step(): void {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft < 0) throw new Error('no power');
  }

  #find(path: string): File | null {
    return this.#names.get(path)?.now ?? null;
  }

  #setName(path: string, file: File | null): void {
    this.#names.set(path, { now: file, synced: this.#names.get(path)?.synced ?? null });
  }

  #opened(file: File): number {
    this.#nextFd += 1;
    this.#open.set(this.#nextFd, file);
    return this.#nextFd;
  }

  #fileOf(fd: number): File {
    return this.#open.get(fd) ?? missing();
  }
}

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}
