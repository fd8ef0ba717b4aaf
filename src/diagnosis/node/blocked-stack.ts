import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownFirst } from '../../model/frame.ts';
import { builtFile } from '../../package-files.ts';
import { monotonicMs } from '../../time/clock.ts';
import { withoutCpuMs } from '../collect/process-samples.ts';
import { threadIdIn } from '../inspect/worker-title.ts';

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
/** How long a thread may take to say that it goes on, in ms. */
const releaseMs = 1000;
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
  socket.addEventListener('error', () => session.failed());
  socket.addEventListener('close', () => session.failed());
  try {
    const frames = await session.frames;
    // A worker whose last message is still on its way when the connection goes may stay paused for good.
    await Promise.race([session.released, sleep(releaseMs)]);
    return frames;
  } finally {
    clearInterval(timer);
    socket.close();
  }
}

/** Steps on from Node's functions and the probe's, until one of the program's own is met. */
const mostSteps = 40;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** One conversation with the inspector, direct with the main thread or through `NodeWorker` with a worker. */
class InspectorSession {
  readonly frames: Promise<readonly string[]>;
  /** When the thread has said that it goes on and is no longer debugged. */
  readonly released: Promise<void>;
  readonly #send: (text: string) => void;
  readonly #thread: BlockedThread;
  readonly #scripts = new Map<string, string>();
  #resolve: (frames: readonly string[]) => void = () => {};
  #setReleased: () => void = () => {};
  /** The session in which the thread is asked; null where that is the connection itself. */
  #askedIn: string | null = null;
  /** The number of the question whose answer says that the thread is no longer debugged. */
  #goodbye: number | null = null;
  #serial = 0;
  #steps = 0;

  constructor(send: (text: string) => void, thread: BlockedThread) {
    this.#send = send;
    this.#thread = thread;
    this.frames = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.released = new Promise((resolve) => {
      this.#setReleased = resolve;
    });
  }

  begin(): void {
    if (this.#thread.isMain) this.#pause(null);
    else this.#ask(null, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  /** A pause that has not come about yet is taken back. */
  giveUp(): void {
    this.#release([]);
  }

  /** There is nobody to ask any more. */
  failed(): void {
    this.#resolve([]);
    this.#setReleased();
  }

  #release(frames: readonly string[]): void {
    if (this.#goodbye !== null) return;
    this.#ask(this.#askedIn, 'Debugger.resume', {});
    this.#goodbye = this.#ask(this.#askedIn, 'Debugger.disable', {});
    this.#resolve(frames);
  }

  receive(text: string): void {
    const message = parseMessage(text);
    const { params } = message;
    if (params === undefined) this.#answered(message.id);
    else if (message.method === 'NodeWorker.attachedToWorker') this.#attached(params);
    else if (message.method === 'NodeWorker.receivedMessageFromWorker') {
      this.#heard(parseMessage(String(params.message)), String(params.sessionId));
    } else this.#heard(message, null);
  }

  #attached(params: Readonly<Record<string, unknown>>): void {
    const info = params.workerInfo;
    const title = typeof info === 'object' && info !== null && 'title' in info ? String(info.title) : '';
    const session = String(params.sessionId);
    if (threadIdIn(title) === this.#thread.tid) this.#pause(session);
    else this.#ask(null, 'NodeWorker.detach', { sessionId: session });
  }

  #pause(session: string | null): void {
    this.#askedIn = session;
    this.#ask(session, 'Debugger.enable', {});
    this.#ask(session, 'Debugger.pause', {});
  }

  #answered(id: number | undefined): void {
    if (id === undefined || id !== this.#goodbye) return;
    if (this.#askedIn === null) this.#setReleased();
    else {
      // A worker whose session only goes with the connection would wait for it at the next error that the probe hears of.
      this.#goodbye = this.#ask(null, 'NodeWorker.detach', { sessionId: this.#askedIn });
      this.#askedIn = null;
    }
  }

  #heard({ id, method, params }: Message, session: string | null): void {
    if (params === undefined) {
      this.#answered(id);
      return;
    }
    if (method === 'Debugger.scriptParsed') this.#scripts.set(String(params.scriptId), String(params.url));
    if (method !== 'Debugger.paused') return;
    const frames: readonly CallFrame[] = isFrames(params.callFrames) ? params.callFrames : [];
    const described = frames.flatMap((frame) => this.#describe(frame));
    // Between two jobs of a loop of promises it is Node's code that is met, or the probe's.
    if (described.length === 0 && frames.length > 0 && ++this.#steps <= mostSteps) {
      this.#ask(session, 'Debugger.stepInto', {});
      return;
    }
    this.#release(ownFirst(described).slice(0, keptFrames));
  }

  #describe({ functionName, url, location }: CallFrame): readonly string[] {
    const raw = url === '' ? (this.#scripts.get(location.scriptId) ?? '') : url;
    if (raw === '' || raw.startsWith('node:')) return [];
    const file = raw.startsWith('file:') ? fileURLToPath(raw) : raw;
    if (file.startsWith(probeDirectory)) return [];
    const place = `${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
    return [functionName === '' ? place : `${place} (${functionName})`];
  }

  #ask(session: string | null, method: string, params: object): number {
    const message = { id: ++this.#serial, method, params };
    if (session === null) this.#send(JSON.stringify(message));
    else {
      this.#ask(null, 'NodeWorker.sendMessageToWorker', {
        sessionId: session,
        message: JSON.stringify(message),
      });
    }
    return message.id;
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
