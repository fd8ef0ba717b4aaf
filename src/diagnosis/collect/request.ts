import type {
  BodyBytes,
  Client,
  Deadline,
  Failure,
  LoopRecord,
  ReceivedBytes,
  RequestRecord,
  RequestState,
  ThreadRecord,
} from '../record.ts';

/** A thread as far as its requests are concerned. */
export interface SendingThread extends ThreadRecord {
  firstRequestAt: number | null;
  lastRequestAt: number | null;
  /** How many it has begun. */
  requests: number;
  succeeded: number;
  /** When a request to an origin last got on. */
  readonly gotOnAt: Map<string, number>;
  /** Those that have not ended, by number. */
  readonly pending: Map<number, Request>;
}

/** What is known of a request when it begins. */
export interface RequestStart {
  readonly t: number;
  readonly r: number;
  readonly client: Client;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly loop: LoopRecord | null;
  readonly sessionOf: LoopRecord | null;
  readonly deadline: Deadline | null;
  readonly asksFor: RequestRecord['asksFor'];
  readonly inherited: boolean;
  readonly body: string | null;
  /** For how long it asks the server to keep it until there is news, in ms. */
  readonly waitMs: number | null;
  /** Requests of its thread that said the same, to whomever: it is made only where they fail. */
  readonly insteadOf?: readonly number[];
  /** Looked up late: stacks may be reported after those who refer to them. */
  readonly stack: () => readonly string[];
}

/** What is being joined of one request. */
export class Request implements RequestRecord {
  readonly thread: SendingThread;
  /** Its number in that thread. */
  readonly r: number;
  loop: LoopRecord | null;
  readonly sessionOf: LoopRecord | null;
  readonly client: Client;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly startedAt: number;
  deadline: Deadline | null;
  readonly asksFor: RequestRecord['asksFor'];
  readonly inherited: boolean;
  body: string | null;
  state: RequestState = 'created';
  stateAt: number;
  wasQueued = false;
  sentAt: number | null = null;
  status: number | null = null;
  headersAt: number | null = null;
  retryAfter: string | null = null;
  endless = false;
  readWhole = false;
  refusal: string | null = null;
  triedAgain: Request | null = null;
  redirectedFrom: RequestRecord['redirectedFrom'] = null;
  endedAt: number | null = null;
  failure: Failure | null = null;
  givenUp: RequestRecord['givenUp'] = null;
  answeredSince = false;
  retried = false;
  interceptedBy: string | null = null;
  proxy: string | null = null;
  bytes: BodyBytes | null = null;
  received: ReceivedBytes | null = null;
  asksToWaitMs: number | null;
  readonly insteadOf: readonly number[];
  readonly #stack: () => readonly string[];

  constructor(thread: SendingThread, start: RequestStart) {
    this.thread = thread;
    this.r = start.r;
    this.loop = start.loop;
    this.sessionOf = start.sessionOf;
    this.client = start.client;
    this.method = start.method;
    this.origin = start.origin;
    this.path = start.path;
    this.startedAt = start.t;
    this.stateAt = start.t;
    this.deadline = start.deadline;
    this.asksFor = start.asksFor;
    this.inherited = start.inherited;
    this.body = start.body;
    this.asksToWaitMs = start.waitMs;
    this.insteadOf = start.insteadOf ?? [];
    this.#stack = start.stack;
  }

  get stack(): readonly string[] {
    return this.#stack();
  }

  get isGood(): boolean {
    const { status } = this;
    if (this.refusal !== null || this.interceptedBy !== null) return false;
    // A redirect is only good where it was followed, which the rules judge.
    return status === null || (status >= 100 && status < 300) || status === 304;
  }

  /** When it was known to be in vain: with the response's head, where that says so. */
  get failedAt(): number {
    const isKnownByHead = this.status !== null && this.status >= 300;
    return (isKnownByHead ? this.headersAt : this.endedAt) ?? 0;
  }

  enter(state: RequestState, at: number): void {
    this.state = state;
    this.stateAt = at;
    if (state === 'queued') this.wasQueued = true;
    if (state === 'sending' || state === 'sent' || state === 'body') this.sentAt ??= at;
  }
}
