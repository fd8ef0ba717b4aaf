import { closeSync, existsSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { filesIn, longestLine, openRecord } from './record-files.ts';

/** Who wrote a file of the record, and the file's place among those of the same writer. */
export interface FileName {
  readonly writer: string;
  readonly serial: number;
}

interface OpenFile extends FileName {
  readonly path: string;
  readonly fd: number;
  readonly decoder: StringDecoder;
  rest: string;
}

const chunk = Buffer.allocUnsafe(256 * 1024);

/** Follows the files that the probe writes, line by line, and deletes those whose writer has gone on to a next one, or ended. */
export class RecordTail {
  readonly #directory: string;
  readonly #nameOf: (file: string) => FileName | null;
  readonly #listener: (writer: string, line: string) => void;
  readonly #files = new Map<string, OpenFile>();
  /** Files that are read no more and could not be deleted, and what is no file of the probe's. */
  readonly #finished = new Set<string>();

  /** @param nameOf null for a file that is no part of the record */
  constructor(
    directory: string,
    nameOf: (file: string) => FileName | null,
    listener: (writer: string, line: string) => void,
  ) {
    this.#directory = directory;
    this.#nameOf = nameOf;
    this.#listener = listener;
  }

  /** Reads what has been written since. */
  poll(): void {
    this.#openNew();
    for (const file of this.#files.values()) this.#read(file);
    this.#dropLeft();
  }

  /** Reads what is left by writers that have ended, and lets go of their files. */
  release(hasEnded: (writer: string) => boolean): void {
    for (const [name, file] of this.#files) if (hasEnded(file.writer)) this.#drop(name, file);
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #openNew(): void {
    for (const file of filesIn(this.#directory)) {
      if (this.#files.has(file) || this.#finished.has(file)) continue;
      const name = this.#nameOf(file);
      if (name === null) continue;
      const path = join(this.#directory, file);
      const fd = openRecord(path);
      if (fd === null) this.#finished.add(file);
      else this.#files.set(file, { ...name, path, fd, decoder: new StringDecoder('utf8'), rest: '' });
    }
  }

  #read(file: OpenFile): void {
    for (;;) {
      const bytes = readSync(file.fd, chunk, 0, chunk.length, null);
      if (bytes === 0) return;
      const lines = (file.rest + file.decoder.write(chunk.subarray(0, bytes))).split('\n');
      file.rest = lines.pop() ?? '';
      for (const line of lines) this.#listener(file.writer, line);
      // The program can write to the file, too. What follows of such a line is none either.
      if (file.rest.length > longestLine) file.rest = '';
    }
  }

  #dropLeft(): void {
    const open = new Set([...this.#files.values()].map(({ writer, serial }) => `${writer} ${serial}`));
    for (const [name, file] of this.#files) {
      if (open.has(`${file.writer} ${file.serial + 1}`)) this.#drop(name, file);
    }
  }

  #drop(name: string, file: OpenFile): void {
    this.#read(file);
    closeSync(file.fd);
    rmSync(file.path, { force: true });
    this.#files.delete(name);
    if (existsSync(file.path)) this.#finished.add(name);
  }
}
