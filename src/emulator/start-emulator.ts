import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from '../package-files.ts';
import type { Arrival, Emulator, Session, SessionOptions, SessionStats } from './emulator.ts';
import type { ArrivalRow, FromEmulator, ToEmulator } from './protocol.ts';

/**
 * Starts the emulator in a process of its own. It ends with `close()`, or with this process.
 * @throws Error when it can't listen on loopback.
 */
export async function startEmulator(): Promise<Emulator> {
  const line = openLine(forkEmulator());
  const { port, refusingPort } = await listeningOrClosed(line);
  let sessions = 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    async open(options) {
      const session = ++sessions;
      const record = line.record(session);
      await line.ask({ kind: 'open', session, options });
      const origin = originFor(options, port, refusingPort);
      return openSession(session, `${origin}/s/${session}`, line, record);
    },
    close: () => line.close(),
  };
}

/** One that can't listen does not end by itself. */
async function listeningOrClosed(line: Line): Line['listening'] {
  try {
    return await line.listening;
  } catch (error) {
    await line.close();
    throw error;
  }
}

function originFor({ host, faults = [] }: SessionOptions, port: number, refusingPort: number): string {
  const refuses = faults.some((fault) => fault.kind === 'refuse');
  return `http://${host === 'name' ? 'localhost' : '127.0.0.1'}:${refuses ? refusingPort : port}`;
}

function forkEmulator(): ChildProcess {
  const { NODE_OPTIONS: _, NODE_EXTRA_CA_CERTS: __, ...env } = process.env;
  return fork(builtFile('emulator/emulator.process.js'), [], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function openSession(
  session: number,
  prefix: string,
  line: Line,
  { arrivals, listeners, answeredAtMs }: SessionRecord,
): Session {
  return {
    baseUrl: `${prefix}/api/`,
    webhookUrl: `${prefix}/services/T000/B000/XXXX`,
    arrivals,
    answeredAtMs,
    onArrival: (listener) => void listeners.push(listener),
    async flush() {
      await line.ask({ kind: 'flush', session });
    },
    stats: () => line.ask({ kind: 'flush', session }),
    async close() {
      await line.ask({ kind: 'close', session });
      line.forget(session);
    },
  };
}

interface SessionRecord {
  readonly arrivals: Arrival[];
  readonly listeners: ((arrival: Arrival) => void)[];
  readonly answeredAtMs: Map<number, number>;
}

type Question =
  | Omit<Extract<ToEmulator, { kind: 'open' }>, 'call'>
  | Omit<Extract<ToEmulator, { kind: 'flush' | 'close' }>, 'call'>;

/** The parent's end of the IPC channel. */
interface Line {
  readonly listening: Promise<{ readonly port: number; readonly refusingPort: number }>;
  ask(question: Question): Promise<SessionStats>;
  record(session: number): SessionRecord;
  forget(session: number): void;
  close(): Promise<void>;
}

interface Pending {
  resolve(stats: SessionStats): void;
  reject(error: Error): void;
}

function openLine(child: ChildProcess): Line {
  const pending = new Map<number, Pending>();
  const records = new Map<number, SessionRecord>();
  const { promise: listening, resolve, reject } = withResolvers<{ port: number; refusingPort: number }>();
  let calls = 0;
  let ended: Error | null = null;

  const end = (error: Error) => {
    ended ??= error;
    reject(error);
    for (const call of pending.values()) call.reject(error);
    pending.clear();
  };
  child.on('message', (message: FromEmulator) => {
    switch (message.kind) {
      case 'listening':
        resolve(message);
        break;
      case 'failed':
        end(new Error(`the emulator can't listen on loopback: ${message.reason}`));
        break;
      case 'arrivals':
        addArrivals(records.get(message.session), message.rows);
        break;
      case 'answered':
        for (const [place, atMs] of message.rows) records.get(message.session)?.answeredAtMs.set(place, atMs);
        break;
      case 'reply':
        pending.get(message.call)?.resolve(message.stats);
        pending.delete(message.call);
        break;
    }
  });
  child.on('error', (error) => end(new Error(`the emulator's process can't be started: ${error.message}`)));
  child.on('exit', (code, signal) => end(new Error(`the emulator's process has ended (${signal ?? code})`)));

  return {
    listening,
    ask(question) {
      if (ended !== null) return Promise.reject(ended);
      const call = ++calls;
      const reply = withResolvers<SessionStats>();
      pending.set(call, reply);
      child.send({ ...question, call });
      return reply.promise;
    },
    record(session) {
      const record: SessionRecord = { arrivals: [], listeners: [], answeredAtMs: new Map() };
      records.set(session, record);
      return record;
    },
    forget: (session) => void records.delete(session),
    close: () => closeChild(child),
  };
}

function addArrivals(record: SessionRecord | undefined, rows: readonly ArrivalRow[]): void {
  if (record === undefined) return;
  for (const [id, path, thread, atMs, connection] of rows) {
    const arrival = { id, path, thread, atMs, connection };
    record.arrivals.push(arrival);
    for (const listener of record.listeners) listener(arrival);
  }
}

/** The process ends itself when the channel closes. */
async function closeChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 2000);
  await exit;
  clearTimeout(killTimer);
}

/** `Promise.withResolvers` came with Node 22. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
