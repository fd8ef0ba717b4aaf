import { closeSync, openSync, readdirSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { decodeEvent } from '../node/decode.ts';
import type { ProbeEvent } from '../node/event.ts';

export type EventListener = (threadKey: string, event: ProbeEvent) => void;

interface OpenFile {
  readonly path: string;
  readonly threadKey: string;
  readonly serial: number;
  readonly fd: number;
  readonly decoder: StringDecoder;
  rest: string;
}

const chunk = Buffer.allocUnsafe(256 * 1024);

/** Follows the files that the probe writes, and deletes those that were left for a next one. */
export class RecordTail {
  readonly #directory: string;
  readonly #listener: EventListener;
  readonly #files = new Map<string, OpenFile>();
  readonly #finished = new Set<string>();

  constructor(directory: string, listener: EventListener) {
    this.#directory = directory;
    this.#listener = listener;
  }

  /** Reads what has been written since; returns whether there was anything. */
  poll(): boolean {
    this.#openNew();
    let any = false;
    for (const file of this.#files.values()) any = this.#read(file) || any;
    this.#dropLeft();
    return any;
  }

  close(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #openNew(): void {
    for (const name of readdirSync(this.#directory)) {
      if (this.#files.has(name) || this.#finished.has(name)) continue;
      const match = /^(\d+\.\d+)\.(\d+)$/.exec(name);
      if (match === null) continue;
      const path = join(this.#directory, name);
      this.#files.set(name, {
        path,
        threadKey: match[1] ?? '',
        serial: Number(match[2]),
        fd: openSync(path, 'r'),
        decoder: new StringDecoder('utf8'),
        rest: '',
      });
    }
  }

  #read(file: OpenFile): boolean {
    let any = false;
    for (;;) {
      const bytes = readSync(file.fd, chunk, 0, chunk.length, null);
      if (bytes === 0) return any;
      any = true;
      this.#take(file, file.decoder.write(chunk.subarray(0, bytes)));
    }
  }

  #take(file: OpenFile, text: string): void {
    const lines = (file.rest + text).split('\n');
    file.rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = decodeEvent(line);
      if (event !== null) this.#listener(file.threadKey, event);
    }
  }

  #dropLeft(): void {
    for (const [name, file] of this.#files) {
      const next = `${file.threadKey}.${String(file.serial + 1).padStart(6, '0')}`;
      if (!this.#files.has(next)) continue;
      this.#read(file);
      closeSync(file.fd);
      unlinkSync(file.path);
      this.#files.delete(name);
      this.#finished.add(name);
    }
  }
}
