import type {
  Abandonment,
  Deadline,
  ForgottenTimer,
  JobRefused,
  OriginIdle,
  RequestState,
} from './node/event.ts';

/** Everything the probe told of one program, joined. The rules read it and nothing else. */
export interface ProgramRecord {
  readonly threads: readonly ThreadRecord[];
  /** Unsettled, failed and late requests; those that went well are only counted. */
  readonly requests: readonly RequestRecord[];
  readonly started: number;
  readonly succeeded: number;
  readonly errors: readonly EscapedError[];
  readonly overflows: readonly Overflow[];
  readonly lostPosts: readonly LostPost[];
  readonly refusedJobs: readonly RefusedJob[];
  readonly idleOrigins: readonly IdleOrigin[];
  readonly poolWaits: readonly PoolWait[];
  readonly droughts: readonly Drought[];
  /** How the observation ended. */
  readonly end: ObservationEnd;
}

export interface ObservationEnd {
  readonly kind: 'exited' | 'timeout' | 'interrupted';
  readonly at: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface ThreadRecord {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly isMain: boolean;
  /** True where its process was started by another one that was watched, and is not the program itself. */
  readonly inChildProcess: boolean;
  /** True for package managers and other programs that only start the diagnosed one. */
  readonly isLauncher: boolean;
  readonly parent: ThreadRecord | null;
  readonly startedAt: number;
  readonly end: ThreadEnd | null;
  /** Where the thread's loop stood still for long, the last one open when the record ends in it. */
  readonly standstills: readonly Standstill[];
  readonly timers: readonly ForgottenTimer[];
  readonly timerStacks: readonly (readonly string[])[];
  /** How often it stood in Atomics.wait. */
  readonly parks: number;
  /** Whether it has posted anything to another thread. */
  readonly hasPosted: boolean;
  /** When its first and its last request started, and how many of its requests went well. */
  readonly firstRequestAt: number | null;
  readonly lastRequestAt: number | null;
  readonly succeeded: number;
  /** Requests that it started. */
  readonly requests: number;
  /** Where its code asked for `fetch` while that was not Node's. */
  readonly fakeFetches: readonly FakeFetch[];
  /** The clock in place of Node's at the end; null where the timers are Node's. */
  readonly clock: ReplacedClock | null;
  /** The error that ended it, where its parent heard of it. */
  readonly fatalError: FatalError | null;
}

export interface FakeFetch {
  readonly at: number;
  /** What stands in for it; null for a function of which nothing is known. */
  readonly by: string | null;
  readonly stack: readonly string[];
  /** Requests that its thread had started before. */
  readonly requestsBefore: number;
}

export interface ReplacedClockOf<Timers> {
  readonly at: number;
  readonly by: string;
  readonly stack: readonly string[];
  /** Where the program then set timers. */
  readonly timersSet: Timers;
}

export type ReplacedClock = ReplacedClockOf<readonly FakeTimer[]>;

export interface FakeTimer {
  readonly at: number;
  readonly name: string;
  readonly stack: readonly string[];
}

export interface FatalError {
  readonly code: string;
  readonly message: string;
  /** The worker's own limits, as it was given them: `maxOldGenerationSizeMb 24`. */
  readonly limits: readonly string[];
}

/** What a request announced of its body, and what was written of it, in bytes. */
export interface BodyBytes {
  /** When the last of them was seen written. */
  readonly at: number;
  /** By its Content-Length; null where it announced none. */
  readonly announced: number | null;
  readonly written: number;
}

export interface ThreadEnd {
  readonly at: number;
  readonly reason:
    | 'natural'
    | 'exit-call'
    | 'terminated'
    | 'error'
    | 'parent-ended'
    | 'process-ended'
    | 'killed';
  readonly code: number | null;
  /** Of the call that ended it, user frames first. */
  readonly stack: readonly string[];
}

export interface Standstill {
  readonly from: number;
  /** Null where the loop had not turned again when the record or the thread ended. */
  readonly to: number | null;
  readonly durationMs: number;
  /** The call that stopped the loop, null where the program's own code did. */
  readonly call: string | null;
  readonly stack: readonly string[];
  readonly shared: boolean;
  /** The call's own limit in ms; null where it has none, or no call stopped the loop. */
  readonly limitMs: number | null;
  /** Whether the code that ran asks shared memory again and again. */
  readonly spins: boolean;
  /** Whether the wait ended only because its time was up. */
  readonly timedOut: boolean;
  /** What was posted to the thread meanwhile and not taken soon. */
  readonly waiting: readonly WaitingPost[];
  /** The last message that it took in the turn in which it stood still. */
  readonly taken: WaitingPost | null;
  /** The first timer to send something that was due meanwhile, with no request since. */
  readonly overdue: DueTimer | null;
}

export interface DueTimer {
  readonly at: number;
  readonly delayMs: number;
  readonly stack: readonly string[];
}

export interface WaitingPost {
  readonly at: number;
  /** When it was taken in the end; null where it was not seen to be. */
  readonly takenAt: number | null;
  readonly from: ThreadRecord;
  readonly stack: readonly string[];
}

export interface RequestRecord {
  readonly thread: ThreadRecord;
  readonly client: 'undici' | 'http';
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly startedAt: number;
  readonly stack: readonly string[];
  readonly deadline: Deadline | null;
  readonly state: RequestState;
  readonly stateAt: number;
  /** Whether it was seen waiting for a connection to get free. */
  readonly wasQueued: boolean;
  /** When it was first seen on a connection; null before. */
  readonly sentAt: number | null;
  readonly status: number | null;
  readonly headersAt: number | null;
  readonly retryAfter: string | null;
  /** Its reply has no end by its nature. */
  readonly endless: boolean;
  /** Slack's error where the reply said `"ok": false`. */
  readonly refusal: string | null;
  readonly endedAt: number | null;
  readonly failure: Failure | null;
  /** Whether the same request was made again and went well. */
  readonly retried: boolean;
  /** What answered it inside the process, where no server did. */
  readonly interceptedBy: string | null;
  /** Of a body that was not written to its end. */
  readonly bytes: BodyBytes | null;
}

export interface Failure {
  readonly by: Abandonment;
  readonly code: string;
  readonly message: string;
  readonly state: RequestState;
}

export interface EscapedError {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly origin: 'uncaughtException' | 'unhandledRejection';
  readonly name: string;
  readonly message: string;
  readonly frames: readonly string[];
  readonly inTimer: boolean;
  readonly ofRequest: boolean;
}

export interface Overflow {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly delayMs: number;
  readonly frames: readonly string[];
}

export interface LostPost {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly to: string;
  readonly why: 'closed' | 'ended' | 'not-cloneable' | 'unread';
  readonly stack: readonly string[];
}

/** A job that a scheduler took and will never run. */
export interface RefusedJob extends Omit<JobRefused, 'e' | 't' | 'stack'> {
  readonly thread: ThreadRecord;
  readonly stack: readonly string[];
}

/** A callback of the program's that was to send, has run, and led to no request. */
export interface IdleOrigin extends Omit<OriginIdle, 'e' | 't' | 'id' | 'stack'> {
  readonly thread: ThreadRecord;
  /** Where the timer was set, or what is listened to. */
  readonly stack: readonly string[];
}

/** A long time in which no request of a thread to an origin got on, though some were under way. */
export interface Drought {
  readonly thread: ThreadRecord;
  readonly origin: string;
  readonly from: number;
  readonly to: number;
}

/** A job of libuv's pool that did not come back for long. */
export interface PoolWait {
  readonly pid: number;
  readonly from: number;
  readonly to: number;
  /** False where it was still out when the record ended. */
  readonly done: boolean;
}
