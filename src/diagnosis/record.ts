// One file, however long: its types refer to each other in every direction, and files of a circle are no parts.
import type { Runtime } from '../model/runtime.ts';
import type * as node from './node/protocol.ts';

/**
 * Everything that the probe reported of one program, joined; all times are the monotonic clock's, in ms. The rules read
 * it and nothing else, whatever runtime it comes from.
 */
export interface ProgramRecord {
  readonly runtime: Runtime;
  readonly threads: readonly ThreadRecord[];
  /** Unsettled, failed and late requests; those that went well are only counted. */
  readonly requests: readonly RequestRecord[];
  readonly started: number;
  readonly succeeded: number;
  readonly errors: readonly EscapedError[];
  readonly overflows: readonly Overflow[];
  readonly lostPosts: readonly LostPost[];
  readonly unhandled: readonly UnhandledMessage[];
  readonly leftPosts: readonly LeftPost[];
  readonly unansweredPosts: readonly UnansweredPost[];
  readonly swallowed: readonly SwallowedError[];
  readonly refusedJobs: readonly RefusedJob[];
  readonly droppedJobs: readonly DroppedJobs[];
  readonly lateCalls: readonly LateCall[];
  readonly fruitlessCallbacks: readonly FruitlessCallback[];
  readonly leftUndone: readonly LeftUndone[];
  /** Where code of the program's own calls a client, where it has made no request. */
  readonly sendingPlaces: readonly string[];
  /** What it still watched, with a listener that is to send, where it has made no request. */
  readonly watchedFiles?: readonly WatchedFile[];
  readonly poolWaits: readonly PoolWait[];
  readonly periodsWithoutResponses: readonly PeriodWithoutResponses[];
  readonly blindSpots: readonly BlindSpot[];
  readonly unreachable: readonly UnreachableAddress[];
  readonly replaced: readonly ReplacedSender[];
  readonly replacedReaders: readonly ReplacedReader[];
  readonly killedChildren: readonly KilledChild[];
  /** Requests that `--match` leaves out. */
  readonly unmatched: number;
  /** What was started. */
  readonly command: readonly string[];
  readonly unstarted: readonly UnstartedWork[];
  readonly unwoken: readonly UnwokenLoop[];
  readonly losses: readonly LostWork[];
  /** Where each thread was when it was last looked at. */
  readonly places: readonly ThreadPlace[];
  readonly unfollowed: readonly UnfollowedUse[];
  /** Of the program's main process; null where it is not known. */
  readonly memory: ProcessMemory | null;
  /** How the observation ended. */
  readonly end: ObservationEnd;
}

export interface ProcessMemory {
  /** That it held when it was last looked at. */
  readonly usedBytes: number;
  /** Of its heap. */
  readonly limitBytes: number;
  /** Whether V8 itself has said that the heap is full. */
  readonly isFull: boolean;
}

export interface WatchedFile {
  readonly thread: ThreadRecord;
  readonly path: string;
  /** Whether another file has the name now: the watcher is the old one's. */
  readonly isReplaced: boolean;
  /** Where it is watched. */
  readonly stack: readonly string[];
}

/** What the doctor can't look into. */
export interface BlindSpot {
  readonly kind: 'connection' | 'process';
  readonly thread: ThreadRecord;
  /** In words: `a connection to 10.0.0.1:25`. */
  readonly what: string;
  readonly at: number;
  readonly stack: readonly string[];
  /** Whether the program's own code opened or started it. */
  readonly own: boolean;
  /** Since when a connection has waited for a response; null where it does not. */
  readonly waitsSince: number | null;
  /** Whether what it does may be what the program is for: it connects to others, or is known to. */
  readonly mayHaveSent: boolean;
}

/** Where a client that is not followed tried to connect, and never could. */
export interface UnreachableAddress {
  readonly thread: ThreadRecord;
  /** `host:port`. */
  readonly address: string;
  /** Of the last try's error. */
  readonly code: string;
  readonly tries: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly stack: readonly string[];
}

/** A thread with an interval that sent, and the one that was started in its place and has none. */
export interface ReplacedSender {
  readonly thread: ThreadRecord;
  readonly successor: ThreadRecord;
  readonly interval: TimerToSend;
}

/** Who got an interval's messages and sent, and the one that was started in its place and gets none. */
export interface ReplacedReader {
  readonly thread: ThreadRecord;
  readonly reader: ThreadRecord;
  readonly successor: ThreadRecord;
  readonly interval: TimerToSend;
  readonly count: number;
  /** Where they were posted. */
  readonly stack: readonly string[];
}

/** A child process that a signal ended while it was watched. */
export interface KilledChild {
  readonly parent: ThreadRecord;
  /** Its main thread. */
  readonly child: ThreadRecord;
  readonly signal: string;
  /** Whether its own code is to send something, as far as its text tells. */
  readonly sends: boolean;
  /** Who in the parent sent it, and where; null where nobody there did. */
  readonly killer: { readonly by: node.ChildKiller; readonly stack: readonly string[] } | null;
  /** Where it was started. */
  readonly stack: readonly string[];
}

export interface ObservationEnd {
  readonly kind: 'exited' | 'timeout' | 'interrupted';
  readonly at: number;
  /** When the watch was to end, where it went on for requests under way: those that began later are not judged. */
  readonly watchedUntil?: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface ThreadRecord {
  readonly runtime: Runtime;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly isMain: boolean;
  /** True where it does not keep its process alive: a Python daemon. */
  readonly isDaemon: boolean;
  /** True where its process was started by another one that was watched, and is not the program itself. */
  readonly inChildProcess: boolean;
  /** True for package managers and other programs that only start the diagnosed one. */
  readonly isLauncher: boolean;
  readonly parent: ThreadRecord | null;
  readonly startedAt: number;
  /** When it was started, where looks alone tell of it and `startedAt` is not known. */
  readonly seenStart?: number | null;
  readonly end: ThreadEnd | null;
  /** When it was found to have ended by itself, before its process did. */
  readonly overAt?: number | null;
  /** Where its event loop did not run for long, the last one open when the record ends in it. */
  readonly standstills: readonly Standstill[];
  /** Where it did not run because its whole process did not. */
  readonly suspensions: readonly Suspension[];
  readonly timers: readonly ForgottenTimer[];
  /** Timers that are to send something and were not seen to fire. */
  readonly timersToSend: readonly TimerToSend[];
  /** What was to come of the code behind its last post when it ended; null where nothing is known of it. */
  readonly wayBehindPost?: WayBehindPost | null;
  /** Whether what others give it to do is to send, by its code. */
  readonly sendsOnDemand: boolean;
  /** How often it was in Atomics.wait. */
  readonly parks: number;
  /** Whether it has posted anything to another thread. */
  readonly hasPosted: boolean;
  /** When it last did; null where it never did, or that is not known. */
  readonly lastPostAt: number | null;
  /** When its first and its last request started, and how many of its requests went well. */
  readonly firstRequestAt: number | null;
  readonly lastRequestAt: number | null;
  readonly succeeded: number;
  /** Ports on which servers of it answer. */
  readonly listensOn: readonly number[];
  /** Of these, where each request has led to one of its own. */
  readonly sendsWhenAskedOn?: ReadonlySet<number>;
  /** Where bytes that had come to these waited in the kernel at the end. */
  readonly unheardOn?: readonly number[];
  /** Whether the connections of its requests are all that keeps its loop, beside servers. */
  readonly isQuiet: boolean;
  /** Whether an interval of the program's came round when its loop last ran. */
  readonly hasRepeatingTimer: boolean;
  /** Requests that it started. */
  readonly requests: number;
  /** Where its code asked for `fetch` while that was not Node's, or called a client that a mock answered. */
  readonly fakeFetches: readonly FakeFetch[];
  /** The clock in place of Node's at the end; null where the timers are Node's. */
  readonly clock: ReplacedClock | null;
  readonly unheardSignals: readonly UnheardSignal[];
  /** The error that ended it, where its parent heard of it. */
  readonly fatalError: FatalError | null;
  /** What its functions waited for when they were looked at; null where they were not. */
  readonly awaits: AwaitsLook | null;
  /** Child processes of it that stand still because nobody reads what they write. */
  readonly fullOutputs: readonly FullOutput[];
}

/** Code that goes on to send behind a post, whatever it decides, and from which nothing had come. */
export interface WayBehindPost {
  readonly postedAt: number;
  /** Where it was posted, and where the code behind that sends. */
  readonly stack: readonly [post: string, sends: string];
}

/** A pipe from a child process that is full, and that nobody reads. */
export interface FullOutput {
  readonly since: number;
  readonly pid: number;
  readonly file: string;
  readonly output: 'stdout' | 'stderr';
  /** Where the child was started. */
  readonly stack: readonly string[];
}

export interface AwaitsLook {
  readonly at: number;
  /** As the thread ended, or while it ran. */
  readonly when: node.ProbeEvents['awaits']['when'];
  /** Null where its heap is too large to be looked at. */
  readonly pending: readonly node.PendingAwaitSeen[] | null;
  /** Those that would have gone on in the same iteration of the loop. */
  readonly ready: readonly node.PendingAwaitSeen[];
  /** Lists of jobs from which nobody will take any more. */
  readonly queues: NonNullable<node.ProbeEvents['awaits']['queues']>;
  /** Lists that are sent by a timer's function and were not empty. */
  readonly unsent: NonNullable<node.ProbeEvents['awaits']['unsent']>;
  /** Streams of the program's own that have not called back for a chunk, with others behind it. */
  readonly stalled: NonNullable<node.ProbeEvents['awaits']['stalled']>;
}

export interface FakeFetch {
  readonly at: number;
  readonly client: string;
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
  /** Null where nobody would have seen them. */
  moves: ClockMoves | null;
}

export interface ClockMoves {
  /** When the program last moved the clock on; null where it never has. */
  readonly lastAt: number | null;
  /** How many of its timers the program has cleared since. */
  readonly clearedSince: number;
}

export type ReplacedClock = ReplacedClockOf<readonly FakeTimer[]>;

/** A listener for a signal in a worker, where none ever arrives. */
export interface UnheardSignal {
  readonly signal: string;
  readonly stack: readonly string[];
}

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
  /** Where what makes the rest is; null where that is not known. */
  readonly producer: Place | null;
  /** Where a body parser is used that had read what was to be passed on. */
  readonly readAt?: string;
}

/** An event loop. A Node thread has one; a Python thread may run several, one after the other. */
export interface LoopRecord {
  /** Which ran it last; null where none ever did. */
  readonly thread: ThreadRecord | null;
  readonly isClosed: boolean;
  readonly standstills: readonly Standstill[];
}

/** A timer that did not keep its thread alive and had not fired when that ended. */
export interface ForgottenTimer {
  readonly delayMs: number;
  readonly stack: readonly string[];
  /** When it was unreferenced, or started as a daemon. */
  readonly at: number;
  /** Whether a request of its thread was under way then. */
  readonly besideRequest: boolean;
  /** What its callback is likely to be for, judged by its text. */
  readonly purpose: 'guard' | 'send' | 'retry' | 'unknown';
  readonly repeats: boolean;
  /** Whether a function waits for it, rather than a callback. */
  readonly isSleep: boolean;
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
  /** File operations were under way, which would have ended by themselves. */
  readonly readsFiles?: true;
  /** What killed it, where that is known. */
  readonly signal?: FatalSignal;
}

export interface FatalSignal {
  readonly name: string;
  /** Null where no watched process sent it. */
  readonly by: ThreadRecord | null;
  /** Where it was sent. */
  readonly stack: readonly string[];
  /** The same process was sent another one before, which had not ended it `ms` later. */
  readonly after: { readonly name: string; readonly ms: number } | null;
}

/**
 * `parked`: the thread waits in `Atomics.wait`. `blocked`: it runs synchronous code, or is in a call that blocks.
 * `stopped`, `closed`: whoever ran the loop has returned from it. `held`: native code lets no thread run.
 */
export type StandstillKind = 'parked' | 'blocked' | 'stopped' | 'closed' | 'held';

/** `stopped` by a signal, `frozen` by the kernel's freezer, `starved`: ready, and no CPU for it. */
export type HowSuspended = 'stopped' | 'frozen' | 'starved';

export interface Suspension {
  readonly how: HowSuspended;
  readonly standstill: Standstill;
  /** Who in the program sent the signal that stopped it; null where nobody is known to have. */
  readonly stoppedBy: {
    readonly thread: ThreadRecord;
    readonly signal: string;
    /** By a command that it started. */
    readonly byCommand: boolean;
    readonly stack: readonly string[];
  } | null;
  /** The place of a post behind which its code goes on to send, and that it had not been seen to leave. */
  readonly interrupted: readonly string[];
  /** The request with which it went on at once, and where the thread had been started; null where it began none. */
  readonly sentAfter: {
    readonly afterMs: number;
    readonly stack: readonly string[];
    readonly started: readonly string[];
  } | null;
}

/** A time in which an event loop did not run. */
export interface Standstill {
  readonly kind: StandstillKind;
  readonly from: number;
  /** Null where the loop had not run again when the record or the thread ended. */
  readonly to: number | null;
  readonly durationMs: number;
  /** The call that stopped the loop, null where the program's own code did. */
  readonly call: string | null;
  /** The source line that the thread is at; null where it is not known. */
  readonly statement: string | null;
  readonly stack: readonly string[];
  readonly shared: boolean;
  /** The call's own limit in ms; null where it has none, or no call stopped the loop. */
  readonly limitMs: number | null;
  /** Whether the code that ran asks shared memory again and again. */
  readonly spins: boolean;
  /** Whether it awaits, again and again, what has settled: promise callbacks run, and nothing else does. */
  readonly awaitsAgain: boolean;
  /** Whether the wait ended only because its time was up. */
  readonly timedOut: boolean;
  /** Whether the thread waits for something that only this loop can do, as far as the probe knows. */
  readonly needsItself: boolean;
  /** The process that the call waited for in vain, and that asked a server of this very thread; null where none is known. */
  readonly askedBy: SelfAsking | null;
  /** What was handed over to the loop meanwhile and not taken soon. */
  readonly waiting: readonly HandOver[];
  /** The last message that it took before its loop was kept from running. */
  readonly taken: HandOver | null;
  /** The first timer to send something that was due meanwhile, with no request since. */
  readonly overdue: DueTimer | null;
}

export interface SelfAsking {
  readonly pid: number;
  readonly name: string;
  readonly port: number;
}

/** A timer to send that was not seen to fire for the last time. */
export interface TimerToSend extends DueTimer {
  readonly setAt: number;
  /** An interval, or a sleep in a loop without end: it has nothing in hand while it waits. */
  readonly repeats: boolean;
  /** Set by what it calls, to come round again. */
  readonly setsItself: boolean;
  /** All that it sends is a message to another thread or process. */
  readonly isMessage: boolean;
  /** Only what has come of its rounds says that it is to send, not its code. */
  readonly isLed: boolean;
}

export interface DueTimer {
  readonly at: number;
  readonly delayMs: number;
  /** Whether it only wakes what awaits it. */
  readonly isSleep: boolean;
  /** A package's, which the program gave what sends: it may leave out what it finds missed. */
  readonly isGiven?: true;
  readonly stack: readonly string[];
}

/** A message, or work, that one thread gave another one's loop. */
export interface HandOver {
  readonly at: number;
  /** What is to be run, where it is work and not a message that may be a mere report. */
  readonly work: string | null;
  /** When it was taken in the end; null where it was not seen to be. */
  readonly takenAt: number | null;
  /** When the thread that handed it over gave it up; null where it did not. */
  readonly abandonedAt: number | null;
  readonly from: ThreadRecord;
  readonly stack: readonly string[];
}

export interface Deadline {
  /** Name and duration, for example `AbortSignal.timeout of 1.0 s`. */
  readonly what: string;
  readonly ms: number;
}

/** Its name: `undici`, `http` for node:http, `aiohttp`, `http.client`… */
export type Client = string;

export type RequestState = node.RequestState | 'resolving';

export interface RequestRecord {
  readonly thread: ThreadRecord;
  /** The loop that carries it; null for a blocking client. */
  readonly loop: LoopRecord | null;
  /** Another loop that owns its session; null where it is its own. */
  readonly sessionOf: LoopRecord | null;
  readonly client: Client;
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly startedAt: number;
  readonly stack: readonly string[];
  readonly deadline: Deadline | null;
  /** `news`: it asks the server to wait until something happens. `reads`: it may. Null for a message, or not known. */
  readonly asksFor: 'news' | 'reads' | null;
  /** Whether its connection was opened by the parent of a fork. */
  readonly inherited: boolean;
  readonly state: RequestState;
  readonly stateAt: number;
  /** Whether it was seen waiting for a connection to get free. */
  readonly wasQueued: boolean;
  /** When it was first seen on a connection; null before. */
  readonly sentAt: number | null;
  readonly status: number | null;
  readonly headersAt: number | null;
  readonly retryAfter: string | null;
  /** Its response has no end by its nature. */
  readonly endless: boolean;
  /** Whether the program is known to go on only when its whole response is there. */
  readonly readWhole: boolean;
  /** Of its response's body, where that was seen to come: how much has, of how much, and when the last of it did. */
  readonly received: ReceivedBytes | null;
  /** Slack's error where the response said `"ok": false`. */
  readonly refusal: string | null;
  /** The next try of the same request, where that failed too. */
  readonly triedAgain: RequestRecord | null;
  /** The request whose redirect its client followed with this one; null where there was none, or that is not seen. */
  readonly redirectedFrom: { readonly method: string; readonly path: string; readonly status: number } | null;
  readonly endedAt: number | null;
  readonly failure: Failure | null;
  /** The deadline of the program's own that gave it up, where code that named that error took it and went on without it. */
  readonly givenUp: { readonly ms: number; readonly at: string } | null;
  /** Whether a later request to its origin went well. */
  readonly answeredSince: boolean;
  /** Whether the same request was made again and went well. */
  readonly retried: boolean;
  /** The proxy that it goes through, and where that is set; null where none is known. */
  readonly proxy: string | null;
  /** What answered it inside the process, where no server did. */
  readonly interceptedBy: string | null;
  /** For how long it asks the server to keep it until there is news. */
  readonly asksToWaitMs: number | null;
  /** Of a body that was not written to its end. */
  readonly bytes: BodyBytes | null;
}

export interface ReceivedBytes {
  readonly bytes: number;
  /** Null where no length is announced. */
  readonly announced: number | null;
  readonly at: number;
}

/** Who ended a request. `loop-end`: the end of its loop cancelled it. */
export type Abandonment = node.Abandonment | 'loop-end';

export interface Failure {
  readonly by: Abandonment;
  readonly code: string;
  readonly message: string;
  readonly state: RequestState;
  /** Each address that was tried with its error, where there were several. */
  readonly tries?: readonly string[];
  /** Where a listener of the "close" of a request that came in aborted it, although that request's client still waited. */
  readonly closedAt?: readonly string[];
}

export interface EscapedError {
  readonly thread: ThreadRecord;
  readonly at: number;
  /** `scheduled`: in a task or callback of a loop. `thread`: it ended a thread's function. */
  readonly origin: 'uncaughtException' | 'unhandledRejection' | 'scheduled' | 'thread';
  readonly name: string;
  readonly message: string;
  readonly frames: readonly string[];
  readonly inTimer: boolean;
  /** Of one in a timer: nothing but logging was left to do where it broke off; false where that can't be seen. */
  readonly onlyLogged: boolean;
  readonly ofRequest: boolean;
  /** Whether the code that it broke off goes on to a request, where that was looked at. */
  readonly leads?: boolean;
  /** Of a file that could not be loaded, since its code can't be read: where; empty where that is not known. */
  readonly brokenAt?: string;
  /** With that: the file from which its thread began to load. */
  readonly entry?: string;
}

export interface Overflow {
  readonly thread: ThreadRecord;
  readonly at: number;
  /** Null where it is no number. */
  readonly delayMs: number | null;
  readonly frames: readonly string[];
}

/** What could not arrive. */
export interface LostPost {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly to: string;
  readonly work: string | null;
  readonly why:
    | 'closed'
    | 'ended'
    | 'not-cloneable'
    | 'unread'
    | 'unreadable'
    | 'unheard'
    | 'too-early'
    | 'disconnected'
    | 'cut-off'
    | 'never-run'
    | 'unsubscribed'
    | 'ended-too-soon';
  /** The worker that was ended before it could read, or had ended before. */
  readonly reader?: ThreadRecord;
  /** The error that brought that about. */
  readonly because?: string;
  /** Where somebody listens who hears none of it. */
  readonly misplaced?: readonly string[];
  /** To what, as a call; `process.on("message")` where it is not said. */
  readonly hears?: string;
  /** A package posted it, and told the program that it could not. */
  readonly ofPackage?: true;
  readonly stack: readonly string[];
}

/** A message that nobody took, from a place whose message before led to a request: that one's listener took no other. */
export interface LeftPost {
  readonly thread: ThreadRecord;
  readonly reader: ThreadRecord;
  readonly at: number;
  readonly to: string;
  /** How many there are. */
  readonly count: number;
  /** Whether it is gone; else it waits for whoever listens next. */
  readonly isDropped: boolean;
  readonly stack: readonly string[];
  /** Where the listener was added. */
  readonly listener: readonly string[];
  /** Where the program took it away; null where it had listened for one message only. */
  readonly removedAt: readonly string[] | null;
}

/** A message of which its reader made nothing, from a place whose other messages it answers. */
export interface UnansweredPost {
  readonly thread: ThreadRecord;
  readonly reader: ThreadRecord;
  readonly at: number;
  /** When the last one was posted from there. */
  readonly lastAt: number;
  readonly to: string;
  readonly stack: readonly string[];
}

/** The last message to a thread that has ended. */
export interface UnhandledMessage {
  /** Whose message it is. */
  readonly thread: ThreadRecord;
  readonly reader: ThreadRecord;
  readonly at: number;
  /** When its listener got it; null where it was not seen to. */
  readonly takenAt: number | null;
  /** Whether messages of the same place came before. */
  readonly isOneOfMany: boolean;
  readonly stack: readonly string[];
}

/** An error that something caught and reported to nobody, in code that no timer or message called. */
export interface SwallowedError {
  readonly thread: ThreadRecord;
  /** When what failed was begun. */
  readonly at: number;
  readonly error: string;
  readonly frames: readonly string[];
  /** Whether the code that it broke off goes on to a request. */
  readonly leads: boolean;
  /**
   * What became of it, where that is known: `logged at level DEBUG at app.py:8 (main)`. It is known too then that whoever
   * caught it has sent nothing since.
   */
  readonly caught: string | null;
  /** The place of its `catch` that says nothing of it and does nothing instead: whatever else is sent, this is not. */
  readonly silencedAt: string | null;
  /** The package that called the code and caught it, by its frame. */
  readonly caughtBy?: string;
  /** Whether what caught it takes just such errors, and not any. */
  readonly isNamed?: boolean;
  /** The place of its `catch` that writes to a log and does nothing instead. */
  readonly loggedAt?: string;
  /** Listeners of the same event that are to send and were not called, where they are written. */
  readonly skips?: readonly string[];
  /** Its process is at work for a test runner, which reports what a test throws. */
  readonly inTest?: true;
  /** Whether something else may have been sent in its place, as far as times tell. */
  readonly mayBeReplaced: boolean;
}

/** Jobs of a pool of workers that were rejected when it was ended; each job that its workers did made a request. */
export interface DroppedJobs {
  readonly thread: ThreadRecord;
  readonly workers: readonly ThreadRecord[];
  /** When the first of the workers was ended. */
  readonly at: number;
  /** How many; null where that is not known. */
  readonly count: number | null;
  /** Where the pool was ended. */
  readonly stack: readonly string[];
  readonly error: string | null;
  /** The place that catches their rejections and says nothing of them; null where it is not known who does. */
  readonly silencedAt: string | null;
}

/** A request that its client refused to make: the deadline that it was given had passed before, or its signal was aborted. */
export interface LateCall {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly origin: string;
  readonly path: string;
  readonly ms: number | null;
  readonly stack: readonly string[];
  /** Where the program had aborted the one signal of all its requests; null where it did not. */
  readonly abortedAt: readonly string[] | null;
  /** Where a listener of the "close" of a request that came in had aborted it, although that request's client still waited. */
  readonly closedAt: readonly string[] | null;
}

/** A job that a scheduler took and will never run. */
export interface RefusedJob extends Omit<node.ProbeEvents['refused'], 't' | 'stack'> {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly stack: readonly string[];
}

/** A callback of the program's that was to send, has run, and led to no request. */
export interface FruitlessCallback
  extends Omit<node.ProbeEvents['callback-fruitless'], 't' | 'id' | 'stack' | 'why'> {
  readonly thread: ThreadRecord;
  readonly why: node.WhyNothing | CaughtOnTheWay;
  /** Where the timer was set, or what is listened to. */
  readonly stack: readonly string[];
  /** Whether the code that still waits for a promise goes on to a request. */
  readonly goesOn: boolean;
}

/** Something that is to send, which was made or called for and never done. */
export interface LeftUndone {
  readonly thread: ThreadRecord;
  readonly at: number;
  readonly kind: node.UndoneKind;
  /** Of the function, or of the event. */
  readonly name: string;
  /** Whether no more events of the name can be expected. */
  readonly isOneOff: boolean;
  /** Where it was made or called for, and then where what sends is written. */
  readonly stack: readonly string[];
}

/** An error broke the callback off, and a `catch` of the program's own got it. */
export interface CaughtOnTheWay {
  readonly kind: 'threw';
  readonly error: string;
  readonly frames: readonly string[];
  /** The place from which it got into the `catch`. */
  readonly caughtAt: string;
  /** Whether that says nothing of it. */
  readonly isSilent: boolean;
}

/** A long time in which no request of a thread to an origin got on, though some were under way. */
export interface PeriodWithoutResponses {
  readonly thread: ThreadRecord;
  readonly origin: string;
  readonly from: number;
  readonly to: number;
}

/** A lazy call that was made and never begun, such as a coroutine that is not awaited. */
export interface UnstartedWork {
  readonly thread: ThreadRecord;
  readonly what: string;
  /** What it is: 'a generator', 'map', 'filter', 'starmap'; null where it is a coroutine. */
  readonly kind: string | null;
  /** The code of the program's own that dropped it: a coroutine, a function where a loop runs, one where none does; null where a library did. */
  readonly droppedIn: 'coroutine' | 'function-on-loop' | 'function' | null;
  readonly stack: readonly string[];
}

/** Where a thread is, and for what it waits without a limit. */
export interface ThreadPlace {
  readonly thread: ThreadRecord;
  readonly statement: string | null;
  readonly stack: readonly string[];
  /** For how long it has not moved, in ms. */
  readonly stillMs: number;
  readonly wait: ThreadWait | null;
  /** Whether it runs an event loop. */
  readonly runsLoop: boolean;
  /** What the threads of its parent did when its process was forked; null where it was not. */
  readonly forkedBeside: readonly ParentThread[] | null;
}

export interface ThreadWait {
  readonly kind: string;
  /** Whether it goes on to a request after the wait, and does not come round to it again. */
  readonly leads: boolean;
  readonly on: string;
  /** The number of the thread that has to act for it to go on; null where none is known. */
  readonly holder: number | null;
  /** Where that took what is waited for. */
  readonly heldSince: string | null;
  /** The signal whose handler waits, where that interrupted what holds it in the same thread. */
  readonly handler: string | null;
  /** Why what it waits for never comes, in sentences; empty where it may. */
  readonly never: readonly string[];
}

export interface ParentThread {
  readonly name: string;
  readonly stack: readonly string[];
}

/** What the program uses that the probe does not follow. */
export interface UnfollowedUse {
  readonly what: string;
  /** Whether the program itself uses it, and not a library that may never come to. */
  readonly byUser: boolean;
  readonly stack: readonly string[];
}

/** A loop that sleeps beside work which another thread gave it without waking it. */
export interface UnwokenLoop {
  readonly thread: ThreadRecord | null;
  readonly since: number;
  /** Callbacks that wait. */
  readonly ready: number;
  readonly calls: readonly { readonly thread: ThreadRecord; readonly stack: readonly string[] }[];
  readonly stack: readonly string[];
}

/** A job of the process's thread pool (libuv's, or an executor) that did not come back for long. */
export interface PoolWait {
  readonly pid: number;
  readonly from: number;
  readonly to: number;
  /** False where it was still out when the record ended. */
  readonly done: boolean;
  /** The program's own job; null for the probe's, which has no length. */
  readonly job: QueuedJob | null;
}

export interface QueuedJob {
  /** In words: `the executor`. */
  readonly pool: string;
  readonly name: string;
  readonly isLookup: boolean;
  /** Whether it is of a module that sends. */
  readonly sends: boolean;
  readonly stack: readonly string[];
  /** Threads of its pool, and the source lines at which they are. */
  readonly workers: number;
  readonly busyWith: readonly string[];
  readonly busyAt: readonly string[];
  /** Whether one of them runs code that sends. */
  readonly busySends: boolean;
  /** Whether each of its threads waits for a job that is queued behind it: none of them ever runs. */
  readonly isDeadlocked: boolean;
  /** Jobs that wait, this one among them. */
  readonly queued: number;
}

/** How work that was to send came to its end, or to a stop, without having sent. */
export type LossKind =
  /** The collector took it: nothing referred to it any more. */
  | 'destroyed'
  /** An error ended it, and nobody asked for its result. */
  | 'failed'
  /** The same, where it would have come round again. */
  | 'repetition-ended'
  /** The end of its loop, or of its thread, cut it off. */
  | 'cut-off'
  /** The same, in a thread that is not main: the program went on. */
  | 'thread-cut-off'
  | 'not-awaited'
  /** What was to call it after the response was dropped. */
  | 'discarded'
  /** It waited for a free thread of its pool. */
  | 'queued'
  /** It was taken off its pool's queue before it had begun. */
  | 'cancelled'
  /** The end of the program cut off a thread that does not keep it alive. */
  | 'daemon'
  /** It was still in a queue when the program ended. */
  | 'left-in-queue'
  /** Its queue was let go while the program went on. */
  | 'queue-dropped'
  /** A thread or a timer was made for it, and dropped before it was started. */
  | 'thread-not-started'
  /** The same, and the program could still have started it. */
  | 'thread-kept-unstarted'
  /** A timer that is part of an object, and that other code starts when it is wanted. */
  | 'timer-not-armed'
  /** It waits for the result of a task that no worker has begun. */
  | 'task-waits'
  /** A task that no worker had begun when its broker ended with the program. */
  | 'task-ended-with-broker'
  /** The same, of a broker that may have gone on. */
  | 'task-left-with-broker'
  /** It was put into a child's queue; the thread that takes from it is the parent's. */
  | 'taker-in-parent'
  /** The scheduler passed over its run. */
  | 'missed-run'
  /** The same, again and again, as one run before was still busy. */
  | 'skipped-run'
  /** Its executor takes no more jobs. */
  | 'refused-run'
  | 'due-after-end'
  | 'never-started'
  /** Its scheduler runs nothing by itself, and the program did not run it. */
  | 'not-run'
  /** A greenlet that the end of the program cut off. */
  | 'greenlet-cut-off'
  /** A greenlet that was due long before the end: its hub never got a turn. */
  | 'greenlet-overdue'
  /** A receiver that its signal kept weakly, and nothing else kept. */
  | 'receiver-gone'
  /** An exit handler that its process did not come to. */
  | 'exit-handler-skipped'
  /** Logged with a disabled logger. */
  | 'log-disabled'
  /** Its handler was given to a logging.basicConfig() that did nothing. */
  | 'handler-passed-over'
  /** The savepoint in which its callback was registered was rolled back, and the transaction around it committed. */
  | 'commit-dropped'
  /** Its signal is not sent by what was called. */
  | 'signal-skipped'
  | 'body-used-up'
  | 'redirect-dropped-body'
  /** It comes after the last part of a response whose reader went away. */
  | 'stream-cut'
  /** An error in another task of its group cancelled it. */
  | 'ended-by-group'
  /** A deadline around it cancelled it. */
  | 'ended-by-deadline'
  /** A task that was cancelled with what it had taken from a queue, and not yet sent. */
  | 'cancelled-in-hand'
  /** A greenlet that was killed in the midst of its work, or as soon as it had been made. */
  | 'greenlet-killed'
  /** A child process that a signal ended before it had loaded what it sends with. */
  | 'child-ended-early'
  /** A signal without a handler ended its process; the signal is the thread's end. */
  | 'ended-by-signal'
  /** os._exit() ended its process; where that was called is where it was made. */
  | 'ended-by-exit'
  /** Its scheduler stands on an event loop that nothing runs. */
  | 'loop-not-run'
  /** Its pool of processes was terminated. */
  | 'pool-terminated'
  /** Its loop slept on beside it. */
  | 'woken-late'
  /** It was due while its loop was blocked. */
  | 'overdue'
  /** It was due while its loop was blocked, and its scheduler passed over it afterwards. */
  | 'missed-behind-block'
  /** It was due while native code let no thread run. */
  | 'held-up'
  /** It waits for something that nothing can bring about any more. */
  | 'stuck'
  /** It waits for a process that can't write on, as nobody reads what it writes. */
  | 'child-unread'
  /** The process that sends was stopped by a signal, and not continued. */
  | 'process-stopped'
  /** Its process ended before the queue's feeder thread had written it. */
  | 'unflushed'
  /** The queue between processes could not pickle it. */
  | 'unpickled'
  /** It went to a broker's queue from which no worker takes. */
  | 'unconsumed'
  /** It was to run at once, by a setting that is not in force. */
  | 'task-not-eager';

export interface Place {
  readonly statement: string | null;
  /** User frames first. */
  readonly stack: readonly string[];
}

/** Work that was to make a request, and made none or made it late. */
export interface LostWork {
  readonly how: LossKind;
  readonly thread: ThreadRecord | null;
  /** What was to run, by its name. */
  readonly what: string;
  /** Where it was made, scheduled, or put; empty where that is not known. */
  readonly made: readonly string[];
  /** Where it was when it was lost, or what held it up. */
  readonly place: Place;
  readonly error: string | null;
  /** How long it had waited, or how late it was, in ms; null where neither says anything. */
  readonly waitedMs: number | null;
  /** More of what was seen, in sentences. */
  readonly details: readonly string[];
  /** Where its error was asked for, and nothing done with it; absent where nobody asked for it. */
  readonly droppedAt?: string;
  /** Whether a scheduler took its error, and logged it. */
  readonly logged?: boolean;
  /** Of what lies in a queue: who takes from it. */
  readonly takers?: { readonly threads: readonly ThreadRecord[]; readonly functions: readonly string[] };
}
