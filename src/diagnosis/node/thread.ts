import type {
  BodyBytes,
  Failure,
  FakeFetch,
  FakeTimer,
  FatalError,
  ReplacedClockOf,
  RequestRecord,
  Standstill,
  ThreadEnd,
  ThreadRecord,
} from '../record.ts';
import type {
  Deadline,
  ForgottenTimer,
  OriginIdle,
  RequestStarted,
  RequestState,
  TimerSet,
} from './event.ts';

/** A message on its way to a thread, until it is taken. */
export interface Unread {
  readonly at: number;
  readonly from: Thread;
  readonly stack: number | null;
  /** Where it waits, and its number there. */
  readonly stream: string;
  readonly n: number;
}

export interface Taken extends Unread {
  readonly takenAt: number;
}

/** A call that stops the loop. */
export interface StoppingCall {
  readonly from: number;
  readonly call: string;
  readonly stack: number | null;
  readonly shared: boolean;
  readonly limitMs: number | null;
  /** Null while the thread is in it. */
  readonly to: number | null;
  readonly timedOut: boolean;
}

/** What is being joined of one thread. */
export class Thread implements ThreadRecord {
  readonly key: string;
  readonly pid: number;
  readonly tid: number;
  name = '';
  isMain = true;
  inChildProcess = false;
  isLauncher = false;
  parent: Thread | null = null;
  startedAt = Number.NaN;
  end: ThreadEnd | null = null;
  standstills: Standstill[] = [];
  timers: readonly ForgottenTimer[] = [];
  timerStacks: readonly (readonly string[])[] = [];
  firstRequestAt: number | null = null;
  lastRequestAt: number | null = null;
  succeeded = 0;
  parks = 0;
  /** Requests that it has started. */
  requests = 0;
  readonly fakeFetches: FakeFetch[] = [];
  clock: ReplacedClockOf<FakeTimer[]> | null = null;
  fatalError: FatalError | null = null;
  hasPosted = false;

  debugPort = 0;
  wakeable = false;
  /** When its loop was last known to turn. */
  lastTurn = Number.NaN;
  /** The call that stops its loop now. */
  standing: StoppingCall | null = null;
  /** The longest such call since its last turn. */
  stood: StoppingCall | null = null;
  /** In all such calls since its last turn, in ms. */
  stoodMs = 0;
  /** Taken through the inspector while the loop stood still. */
  blockedStack: readonly string[] = [];
  /** Whether that stack ends in a loop that asks shared memory. */
  spins = false;
  unread: Unread[] = [];
  /** What it took since its last turn, but not soon. */
  takenLate: Taken[] = [];
  /** The last message that it took since its last turn. */
  taken: Taken | null = null;
  /** Timers that are to send something, by number. */
  readonly timersSet = new Map<number, TimerSet>();
  /** Callbacks that were to send and of which nothing has come, by number. */
  readonly idleOrigins = new Map<number, OriginIdle>();
  exitCall: { readonly stack: readonly string[] } | null = null;
  terminated: readonly string[] | null = null;
  escaped = false;
  /** When a request to an origin last got on. */
  readonly gotOnAt = new Map<string, number>();
  readonly pending = new Map<number, Request>();
  readonly #stacks = new Map<number, readonly string[]>();

  constructor(key: string) {
    this.key = key;
    const [pid, tid] = key.split('.').map(Number);
    this.pid = pid ?? 0;
    this.tid = tid ?? 0;
  }

  learnStack(id: number, frames: readonly string[]): void {
    this.#stacks.set(id, frames);
  }

  stack(id: number | null): readonly string[] {
    return id === null ? [] : (this.#stacks.get(id) ?? []);
  }
}

/** What is being joined of one request. */
export class Request implements RequestRecord {
  readonly thread: Thread;
  readonly client: 'undici' | 'http';
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly startedAt: number;
  readonly deadline: Deadline | null;
  body: string | null;
  state: RequestState = 'created';
  stateAt: number;
  wasQueued = false;
  sentAt: number | null = null;
  status: number | null = null;
  headersAt: number | null = null;
  retryAfter: string | null = null;
  endless = false;
  refusal: string | null = null;
  endedAt: number | null = null;
  failure: Failure | null = null;
  retried = false;
  interceptedBy: string | null = null;
  bytes: BodyBytes | null = null;
  readonly #stack: number | null;

  constructor(thread: Thread, event: RequestStarted) {
    this.thread = thread;
    this.client = event.client;
    this.method = event.method;
    this.origin = event.origin;
    this.path = event.path;
    this.startedAt = event.t;
    this.stateAt = event.t;
    this.deadline = event.deadline;
    this.body = event.body;
    this.#stack = event.stack;
  }

  get stack(): readonly string[] {
    return this.thread.stack(this.#stack);
  }

  /** Two requests with one key are tries of the same one; the same message may be tried at another host. */
  get tryKey(): string {
    return this.#tryKeyWith(this.body);
  }

  /** The keys of the tries that it makes good: what failed at once may have failed before its body was at hand. */
  get triesMadeGood(): ReadonlySet<string> {
    const { body } = this;
    const length = body === null ? null : body.slice(0, body.indexOf(':') + 1);
    return new Set([body, length, null].map((known) => this.#tryKeyWith(known)));
  }

  #tryKeyWith(body: string | null): string {
    return `${this.method} ${body === null ? this.origin : ''}${this.path} ${body ?? ''}`;
  }

  get isGood(): boolean {
    const { status } = this;
    if (this.refusal !== null || this.interceptedBy !== null) return false;
    // A redirect is only good where it was followed, which the rules judge.
    return status === null || (status >= 100 && status < 300) || status === 304;
  }

  enter(state: RequestState, at: number): void {
    this.state = state;
    this.stateAt = at;
    if (state === 'queued') this.wasQueued = true;
    if (state === 'sending' || state === 'sent' || state === 'body') this.sentAt ??= at;
  }
}
