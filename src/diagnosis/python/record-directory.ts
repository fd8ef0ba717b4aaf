import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { shippedFile } from '../../package-files.ts';
import { type PythonEvent, pythonEventSchema } from './event.ts';

const probe = fileURLToPath(shippedFile('src/diagnosis/python/probe/'));

interface OpenFile {
  readonly pid: number;
  readonly fd: number;
  readonly decoder: StringDecoder;
  rest: string;
}

const chunk = Buffer.allocUnsafe(256 * 1024);

/** Where the Python processes of one program write what the probe sees, a file each. */
export class PythonRecordDirectory {
  readonly #path = mkdtempSync(join(tmpdir(), 'timer-notify-doctor-'));
  readonly #files = new Map<string, OpenFile>();
  readonly #listener: (pid: number, event: PythonEvent) => void;

  constructor(listener: (pid: number, event: PythonEvent) => void) {
    this.#listener = listener;
  }

  /** The environment in which every Python process loads the probe first. */
  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const existing = env.PYTHONPATH ?? '';
    return {
      ...env,
      PYTHONPATH: existing === '' ? probe : `${probe}${delimiter}${existing}`,
      TIMER_NOTIFY_RECORD: this.#path,
    };
  }

  /** Reads what has been written since. */
  poll(): void {
    for (const name of readdirSync(this.#path)) {
      const pid = /^(\d+)\.jsonl$/.exec(name)?.[1];
      if (pid === undefined || this.#files.has(name)) continue;
      this.#files.set(name, {
        pid: Number(pid),
        fd: openSync(join(this.#path, name), 'r'),
        decoder: new StringDecoder('utf8'),
        rest: '',
      });
    }
    for (const file of this.#files.values()) this.#read(file);
  }

  remove(): void {
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
    rmSync(this.#path, { recursive: true, force: true, maxRetries: 3 });
  }

  #read(file: OpenFile): void {
    for (;;) {
      const bytes = readSync(file.fd, chunk, 0, chunk.length, null);
      if (bytes === 0) return;
      const lines = (file.rest + file.decoder.write(chunk.subarray(0, bytes))).split('\n');
      file.rest = lines.pop() ?? '';
      for (const line of lines) this.#take(file.pid, line);
    }
  }

  /** A line cut by a full disk, or of another version's probe, is passed over. */
  #take(pid: number, line: string): void {
    const event = pythonEventSchema.safeParse(parsed(line));
    if (event.success) this.#listener(pid, event.data);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
