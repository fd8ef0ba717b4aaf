import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'undici';
import { type Channel, field, InspectorError, textField } from './conversation.ts';
import {
  hasProc,
  mainIsBusy,
  readCommandLine,
  readExecutable,
  readLink,
  readListeningPorts,
  readSockets,
  readStatus,
  readThreads,
  readVariable,
} from './proc.ts';
import { ThreadSession } from './thread-session.ts';
import { threadIdIn } from './worker-title.ts';

/** A thread of another process, whose inspector answers. */
export interface InspectedThread extends Channel {
  /** Node's number of the thread: 0 is the main one. */
  readonly id: number;
  readonly name: string;
  readonly isMain: boolean;
}

export interface InspectedProcess {
  readonly pid: number;
  readonly threads: readonly InspectedThread[];
  /** Where its inspector listens. */
  readonly port: number;
  /** Whether its inspector was open before, and so stays open. */
  readonly wasOpen: boolean;
  /** Leaves the process as it was. Resolves to false where its inspector could not be closed again. */
  close(): Promise<boolean>;
}

export type Refusal =
  | 'gone'
  | 'not-node'
  | 'python'
  | 'other-files'
  | 'not-traceable'
  | 'other-user'
  | 'signal-not-handled'
  | 'signal-ignored'
  | 'stopped'
  | 'traced'
  | 'other-network'
  | 'not-permitted'
  | 'no-answer'
  | 'port-taken';

export class InspectorRefused extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface InspectOptions {
  /** How long the process may take to open its inspector, in ms. */
  readonly openMs: number;
  /** How long one of its threads may take to answer a question, in ms. */
  readonly answerMs: number;
}

/**
 * Node handles the signal twice, by an interrupt and by its loop: where the loop was blocked meanwhile, it opens the
 * inspector once more when it runs again.
 */
const closing = 'setImmediate(() => process._debugEnd()); process._debugEnd()';

const defaultPort = 9229;
const pollMs = 15;
const closePatienceMs = 2000;
const restingPatience = 5;
const portPatienceMs = 8000;

/**
 * Opens the inspector of a Node process that nobody prepared, on loopback, and a session with each of its threads: also
 * with one that is parked or runs synchronous code. A signal is sent only to a process that handles it.
 * @throws InspectorRefused where that can't be done, with what to say of it.
 */
export async function inspectProcess(pid: number, options: InspectOptions): Promise<InspectedProcess> {
  if (hasProc()) refuseUnfit(pid);
  const before = listeningPorts(pid);
  const known = before.find((port) => port === knownPort(pid));
  const port = known ?? (await openedPort(pid, before, options.openMs));
  const url = await debuggerUrl(port, pid, options.answerMs);
  const connection = await connect(url, options.answerMs);
  try {
    const threads = await connection.threads(pid);
    return {
      pid,
      threads,
      port,
      wasOpen: known !== undefined,
      close: () => connection.leave(known === undefined, () => listeningPorts(pid).includes(port)),
    };
  } catch (error) {
    await connection.leave(known === undefined, () => listeningPorts(pid).includes(port));
    if (!(error instanceof InspectorError)) throw error;
    throw hasProc() && readStatus(pid) === null
      ? new InspectorRefused('gone', `process ${pid} has ended`)
      : new InspectorRefused('no-answer', `process ${pid} does not answer its inspector (${error.message})`);
  }
}

/** Sent to a program that does not handle it, the signal would end it. */
function refuseUnfit(pid: number): void {
  const status = readStatus(pid);
  if (status === null) throw new InspectorRefused('gone', `there is no process ${pid}`);
  if (status.uid !== process.getuid?.()) {
    throw new InspectorRefused('other-user', `process ${pid} belongs to the user with the id ${status.uid}`);
  }
  if (!isNode(pid)) throw new InspectorRefused('not-node', `process ${pid} is no Node program`);
  if (isInOtherNetwork(pid)) {
    throw new InspectorRefused(
      'other-network',
      `process ${pid} is in a network of its own (a container), whose loopback can’t be reached from here`,
    );
  }
  if (status.state === 'T') throw new InspectorRefused('stopped', `process ${pid} is stopped by a signal`);
  if (status.state === 't' || status.tracerPid !== 0) {
    throw new InspectorRefused('traced', `process ${pid} is traced by process ${status.tracerPid}`);
  }
  if (status.ignoresSigusr1) throw new InspectorRefused('signal-ignored', `process ${pid} ignores SIGUSR1`);
  if (!status.catchesSigusr1) {
    throw new InspectorRefused(
      'signal-not-handled',
      `process ${pid} does not handle SIGUSR1 (--disable-sigusr1 or --disable-inspector)`,
    );
  }
}

/** Judged by the executable: a title can be changed by the program. */
export function isNode(pid: number): boolean {
  return /(^|\/)(node|nodejs|iojs|electron)[\d.]*( \(deleted\))?$/.test(readExecutable(pid));
}

export function isPython(pid: number): boolean {
  return /(^|\/)(python|pypy)[\d.]*( \(deleted\))?$/.test(readExecutable(pid));
}

function isInOtherNetwork(pid: number): boolean {
  const theirs = readLink(`/proc/${pid}/ns/net`);
  return theirs !== '' && theirs !== readLink('/proc/self/ns/net');
}

function listeningPorts(pid: number): readonly number[] {
  return readSockets(pid).flatMap(({ state, localPort }) => (state === 'listening' ? [localPort] : []));
}

/** Where its inspector listens, or would: its other ports are the program's, and are asked nothing. */
function knownPort(pid: number): number {
  const words = [...readCommandLine(pid), ...(readVariable(pid, 'NODE_OPTIONS') ?? '').split(/\s+/)];
  const given = words.flatMap(
    (word) => /^--inspect(?:-brk|-wait|-port)?=(?:.*:)?(\d+)$/.exec(word)?.[1] ?? [],
  );
  return Number(given.at(-1) ?? defaultPort);
}

async function openedPort(pid: number, before: readonly number[], patienceMs: number): Promise<number> {
  if (hasProc()) await untilPortIsFree(pid);
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    const code = textField(error, 'code');
    if (code === 'ESRCH') throw new InspectorRefused('gone', `there is no process ${pid}`);
    throw new InspectorRefused('not-permitted', `process ${pid} may not be signalled (${code})`);
  }
  if (!hasProc()) return defaultPort;
  const from = performance.now();
  const threads = readThreads(pid);
  const isLate = () => {
    const waited = performance.now() - from;
    if (waited < patienceMs) return false;
    // One that has run all the time is in native code; one that rests, or gets no CPU, is given more time.
    return waited > patienceMs * restingPatience || mainIsBusy(pid, threads, readThreads(pid), waited);
  };
  while (!isLate()) {
    const opened = listeningPorts(pid).find((port) => !before.includes(port));
    if (opened !== undefined) return opened;
    if (readStatus(pid) === null) break;
    await sleep(pollMs);
  }
  throw whyClosed(pid);
}

function whyClosed(pid: number): InspectorRefused {
  if (readStatus(pid) === null) return new InspectorRefused('gone', `process ${pid} has ended`);
  const port = knownPort(pid);
  return isTaken(pid, port)
    ? new InspectorRefused('port-taken', `the inspector's port ${port} is taken by another process`)
    : new InspectorRefused(
        'no-answer',
        `process ${pid} does not answer SIGUSR1: it is in native code, or handles the signal itself`,
      );
}

/** Another look may be under way at another process, which opens the same port: it is waited for. */
async function untilPortIsFree(pid: number): Promise<void> {
  const port = knownPort(pid);
  const deadline = performance.now() + portPatienceMs;
  while (isTaken(pid, port)) {
    if (performance.now() > deadline) {
      throw new InspectorRefused(
        'port-taken',
        `the inspector’s port ${port} of process ${pid} is taken by another process`,
      );
    }
    await sleep(100);
  }
}

/** In the network that the process is in. */
function isTaken(pid: number, port: number): boolean {
  return readListeningPorts(pid).includes(port);
}

async function debuggerUrl(port: number, pid: number, patienceMs: number): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`, {
        signal: AbortSignal.timeout(patienceMs),
      });
      const targets: unknown = await response.json();
      const url = Array.isArray(targets) ? textField(targets[0], 'webSocketDebuggerUrl') : '';
      if (url !== '') return url;
    } catch {
      // It has only just begun to listen.
    }
    if (performance.now() > deadline)
      throw new InspectorRefused('no-answer', `the inspector of process ${pid} does not answer`);
    await sleep(pollMs);
  }
}

async function connect(url: string, patienceMs: number): Promise<Connection> {
  const { WebSocket } = await import('undici');
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new InspectorRefused('no-answer', 'the inspector does not answer')),
      patienceMs,
    );
    socket.addEventListener('open', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.addEventListener('error', () => {
      clearTimeout(timer);
      reject(new InspectorRefused('no-answer', 'the inspector refuses the connection'));
    });
  });
  return new Connection(socket, patienceMs);
}

class Connection {
  readonly #socket: WebSocket;
  readonly #patienceMs: number;
  readonly #main: ThreadSession;
  readonly #workers = new Map<string, ThreadSession>();
  readonly #found: InspectedThread[] = [];

  constructor(socket: WebSocket, patienceMs: number) {
    this.#socket = socket;
    this.#patienceMs = patienceMs;
    this.#main = new ThreadSession((text) => socket.send(text), patienceMs);
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
    socket.addEventListener('close', () => {
      for (const session of [this.#main, ...this.#workers.values()]) session.end();
    });
  }

  async threads(pid: number): Promise<readonly InspectedThread[]> {
    this.#found.push({ id: 0, name: 'main', isMain: true, ask: (question) => this.#main.ask(question) });
    await this.#main.ask({ method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } });
    const seen = await this.#main.ask({
      method: 'Runtime.evaluate',
      params: { expression: 'process.pid', returnByValue: true },
    });
    const found = field(field(seen, 'result'), 'value');
    const inner = hasProc() ? readStatus(pid)?.innerPid : null;
    if (found !== pid && found !== inner) {
      throw new InspectorRefused(
        'port-taken',
        `the inspector that answers belongs to process ${String(found)}`,
      );
    }
    return this.#found;
  }

  /** The inspector ends the session with its response still to come: the connection's end is the response. */
  async leave(closeInspector: boolean, isOpen: () => boolean): Promise<boolean> {
    try {
      await this.#main.ask({ method: 'NodeWorker.disable' });
      if (closeInspector) {
        await this.#main.ask({ method: 'Runtime.evaluate', params: { expression: closing } });
      }
    } catch {
      // Answered by the end of the connection.
    }
    this.#socket.close();
    if (!closeInspector) return true;
    const deadline = performance.now() + closePatienceMs;
    while (hasProc() && isOpen()) {
      if (performance.now() > deadline) return false;
      await sleep(pollMs);
    }
    return true;
  }

  #receive(message: unknown): void {
    const method = textField(message, 'method');
    const params = field(message, 'params');
    if (method === 'NodeWorker.attachedToWorker') this.#attach(params);
    else if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.#workers.get(textField(params, 'sessionId'))?.receive(JSON.parse(textField(params, 'message')));
    } else if (method === 'NodeWorker.detachedFromWorker')
      this.#workers.get(textField(params, 'sessionId'))?.end();
    else this.#main.receive(message);
  }

  #attach(params: unknown): void {
    const sessionId = textField(params, 'sessionId');
    const info = field(params, 'workerInfo');
    const session = new ThreadSession((text) => {
      this.#main
        .ask({ method: 'NodeWorker.sendMessageToWorker', params: { sessionId, message: text } })
        .catch(() => session.end());
    }, this.#patienceMs);
    this.#workers.set(sessionId, session);
    const title = textField(info, 'title');
    const id = threadIdIn(title) ?? Number(textField(info, 'workerId'));
    this.#found.push({
      id,
      name: nameOf(title, id),
      isMain: false,
      ask: (question) => session.ask(question),
    });
  }
}

/** `[worker 3] heartbeat`, `Worker 3`. */
function nameOf(title: string, id: number): string {
  const name = title.replace(/^\[?worker \d+\]?\s*/i, '');
  return name === '' || name === 'WorkerThread' ? `worker ${id}` : name;
}
