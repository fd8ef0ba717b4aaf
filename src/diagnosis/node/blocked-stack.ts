import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownFirst } from '../../model/frame.ts';
import { builtFile } from '../../package-files.ts';

export interface BlockedThread {
  readonly pid: number;
  readonly tid: number;
  readonly isMain: boolean;
  readonly debugPort: number;
}

const patienceMs = 4000;
const keptFrames = 12;

/** Its own frames are none of the program's. */
const probeDirectory = fileURLToPath(builtFile('diagnosis/node/probe/'));

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

/**
 * The stack of a thread whose loop does not run: wakes the process's inspector, pauses the thread, reads and resumes.
 * Empty where the thread is in native code, or the inspector can't be reached.
 */
export async function readBlockedStack(thread: BlockedThread): Promise<readonly string[]> {
  try {
    process.kill(thread.pid, 'SIGUSR1');
    const url = await inspectorUrl(thread.debugPort);
    return url === null ? [] : await pauseAndRead(url, thread);
  } catch {
    return [];
  }
}

async function inspectorUrl(port: number): Promise<string | null> {
  for (let tries = 0; tries < 40; tries++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`, {
        signal: AbortSignal.timeout(1000),
      });
      const list: unknown = await response.json();
      const url: unknown = Array.isArray(list) ? list[0]?.webSocketDebuggerUrl : null;
      return typeof url === 'string' ? url : null;
    } catch {
      await sleep(25);
    }
  }
  return null;
}

async function pauseAndRead(url: string, thread: BlockedThread): Promise<readonly string[]> {
  const { WebSocket } = await import('undici');
  const socket = new WebSocket(url);
  const session = new InspectorSession((text) => socket.send(text), thread);
  const timer = setTimeout(() => session.giveUp(), patienceMs);
  socket.addEventListener('open', () => session.begin());
  socket.addEventListener('message', ({ data }) => session.receive(String(data)));
  socket.addEventListener('error', () => session.giveUp());
  try {
    return await session.frames;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** Steps on from Node's functions and the probe's, until one of the program's own is met. */
const mostSteps = 20;

interface Message {
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** One conversation with the inspector, direct with the main thread or through `NodeWorker` with a worker. */
class InspectorSession {
  readonly frames: Promise<readonly string[]>;
  readonly #send: (text: string) => void;
  readonly #thread: BlockedThread;
  readonly #scripts = new Map<string, string>();
  #resolve: (frames: readonly string[]) => void = () => {};
  #serial = 0;
  #steps = 0;

  constructor(send: (text: string) => void, thread: BlockedThread) {
    this.#send = send;
    this.#thread = thread;
    this.frames = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  begin(): void {
    if (this.#thread.isMain) this.#pause(null);
    else this.#ask(null, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  giveUp(): void {
    this.#resolve([]);
  }

  receive(text: string): void {
    const message = parseMessage(text);
    const { params } = message;
    if (params === undefined) return;
    if (message.method === 'NodeWorker.attachedToWorker') this.#attached(params);
    else if (message.method === 'NodeWorker.receivedMessageFromWorker') {
      this.#heard(parseMessage(String(params.message)), String(params.sessionId));
    } else this.#heard(message, null);
  }

  #attached(params: Readonly<Record<string, unknown>>): void {
    const info = params.workerInfo;
    const id = typeof info === 'object' && info !== null && 'workerId' in info ? String(info.workerId) : '';
    if (id === String(this.#thread.tid)) this.#pause(String(params.sessionId));
  }

  #pause(session: string | null): void {
    this.#ask(session, 'Debugger.enable', {});
    this.#ask(session, 'Debugger.pause', {});
  }

  #heard({ method, params }: Message, session: string | null): void {
    if (params === undefined) return;
    if (method === 'Debugger.scriptParsed') this.#scripts.set(String(params.scriptId), String(params.url));
    if (method !== 'Debugger.paused') return;
    const frames: readonly CallFrame[] = isFrames(params.callFrames) ? params.callFrames : [];
    const described = frames.flatMap((frame) => this.#describe(frame));
    // Between two jobs of a loop of promises it is Node's code that is met, or the probe's.
    if (described.length === 0 && frames.length > 0 && ++this.#steps <= mostSteps) {
      this.#ask(session, 'Debugger.stepInto', {});
      return;
    }
    this.#ask(session, 'Debugger.resume', {});
    this.#ask(session, 'Debugger.disable', {});
    this.#resolve(ownFirst(described).slice(0, keptFrames));
  }

  #describe({ functionName, url, location }: CallFrame): readonly string[] {
    const raw = url === '' ? (this.#scripts.get(location.scriptId) ?? '') : url;
    if (raw === '' || raw.startsWith('node:')) return [];
    const file = raw.startsWith('file:') ? fileURLToPath(raw) : raw;
    if (file.startsWith(probeDirectory)) return [];
    const place = `${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
    return [functionName === '' ? place : `${place} (${functionName})`];
  }

  #ask(session: string | null, method: string, params: object): void {
    const message = { id: ++this.#serial, method, params };
    if (session === null) this.#send(JSON.stringify(message));
    else {
      this.#ask(null, 'NodeWorker.sendMessageToWorker', {
        sessionId: session,
        message: JSON.stringify(message),
      });
    }
  }
}

function parseMessage(text: string): Message {
  const value: unknown = JSON.parse(text);
  return isMessage(value) ? value : {};
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null;
}

function isFrames(value: unknown): value is readonly CallFrame[] {
  return Array.isArray(value);
}
