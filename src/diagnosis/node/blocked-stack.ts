import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownFirst } from '../../model/frame.ts';
import { builtFile } from '../../package-files.ts';
import { monotonicMs } from '../../time/clock.ts';
import { withoutCpuMs } from '../collect/process-samples.ts';

export interface BlockedThread {
  readonly pid: number;
  readonly tid: number;
  readonly isMain: boolean;
  readonly debugPort: number;
}

/** Time in which the process was ready to run and got no CPU is none of it. */
const patienceMs = 4000;
/** However busy the machine is. */
const mostPatienceMs = 15_000;
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
    const isOver = patience(thread.pid);
    const url = await inspectorUrl(thread.debugPort, isOver);
    return url === null ? [] : await pauseAndRead(url, thread, isOver);
  } catch {
    return [];
  }
}

/** Says whether the process has had its time to answer. */
function patience(pid: number): () => boolean {
  const startedAt = monotonicMs();
  const withoutCpuAtStart = withoutCpuMs([pid]);
  return () => {
    const waitedMs = monotonicMs() - startedAt;
    if (waitedMs < patienceMs || waitedMs >= mostPatienceMs) return waitedMs >= patienceMs;
    return waitedMs - (withoutCpuMs([pid]) - withoutCpuAtStart) >= patienceMs;
  };
}

async function inspectorUrl(port: number, isOver: () => boolean): Promise<string | null> {
  while (!isOver()) {
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

async function pauseAndRead(
  url: string,
  thread: BlockedThread,
  isOver: () => boolean,
): Promise<readonly string[]> {
  const { WebSocket } = await import('undici');
  const socket = new WebSocket(url);
  const session = new InspectorSession((text) => socket.send(text), thread);
  const timer = setInterval(() => isOver() && session.giveUp(), 100);
  socket.addEventListener('open', () => session.begin());
  socket.addEventListener('message', ({ data }) => session.receive(String(data)));
  socket.addEventListener('error', () => session.giveUp());
  try {
    return await session.frames;
  } finally {
    clearInterval(timer);
    socket.close();
  }
}

/** Steps on from Node's functions and the probe's, until one of the program's own is met. */
const mostSteps = 200;

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
