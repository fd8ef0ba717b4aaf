// One file, however long: both ends of the wire read every event here.
import type { AwaitPlace, PendingAwait } from '../inspect/awaits.ts';
import type { StalledSink } from '../inspect/stalled-sinks.ts';
import type { StuckQueue } from '../inspect/stuck-queues.ts';
import type { UnsentList } from '../inspect/unsent-lists.ts';

/** How often, in ms, a thread whose event loop runs says so. */
export const beatMs = 200;

/** A file of this name in the record's folder asks each thread for its pending awaits. */
export const lookFile = 'look';

/**
 * What the probe writes: one JSON object a line, one file a thread. `t` is the monotonic clock in ms, which threads
 * and processes of one machine share. Stacks are sent once and referred to by number.
 */
export interface ProbeEvents {
  /** The frames of one place in the program; the user's own come first. */
  stack: {
    readonly id: number;
    readonly frames: readonly string[];
  };
  thread: {
    readonly t: number;
    readonly pid: number;
    readonly tid: number;
    readonly ppid: number;
    readonly isMain: boolean;
    /** The program's file, or the worker's. */
    readonly file: string;
    readonly node: string;
    /** What its heap may grow to, in bytes. */
    readonly heapLimit: number;
    /** Where the inspector will listen once it is woken. */
    readonly debugPort: number;
    /** The names here of the ports in its `workerData`, in the order of the walk. */
    readonly ports: readonly string[];
  };
  /** The thread's event loop runs. */
  beat: {
    readonly t: number;
    /** False where SIGUSR1 belongs to the program and must not be sent. */
    readonly wakeable: boolean;
    /** Set where the connections of its requests are all that keeps it: no timer is set, and nothing else is under way. */
    readonly isQuiet?: true;
    /** Set where an interval of the program's comes round. */
    readonly hasRepeatingTimer?: true;
  };
  request: {
    readonly t: number;
    readonly r: number;
    readonly client: 'undici' | 'http' | 'http2';
    readonly method: string;
    readonly origin: string;
    /** Without its query. */
    readonly path: string;
    readonly stack: number | null;
    readonly deadline: Deadline | null;
    /** Tells two requests to one path apart; null while the body is unknown. */
    readonly body: string | null;
    /** How long it asks the server to keep it until there is news, in ms; null where it does not ask. */
    readonly waitMs: number | null;
    /** The id of the notification that it carries, where this package's library sends it. */
    readonly notification?: string | null;
  };
  /** `send()` of this package's library was called; another thread may make the request. */
  notifies: {
    readonly t: number;
    readonly id: string;
    readonly stack: number | null;
  };
  /** Requests of a busy thread that were answered well at once, since this was last reported. */
  count: {
    readonly t: number;
    readonly origin: string;
    readonly path: string;
    readonly n: number;
  };
  state: {
    readonly t: number;
    readonly r: number;
    readonly s: RequestState;
  };
  body: {
    readonly r: number;
    readonly body: string;
    readonly waitMs: number | null;
  };
  headers: {
    readonly t: number;
    readonly r: number;
    readonly status: number;
    /** Of a `retry-after` header, as sent. */
    readonly retryAfter: string | null;
    /** True for event streams and the like, which rest for as long as there is nothing to report. */
    readonly endless: boolean;
  };
  /** An endless response of lines rests in the middle of one, or between two again. */
  line: {
    readonly t: number;
    readonly r: number;
    readonly open: boolean;
  };
  /** The beginning of a JSON response that may say `"ok": false`, base64 where it is compressed. */
  reply: {
    readonly r: number;
    readonly encoding: string;
    readonly data: string;
  };
  end: {
    readonly t: number;
    readonly r: number;
  };
  fail: {
    readonly t: number;
    readonly r: number;
    readonly by: Abandonment;
    readonly code: string;
    readonly message: string;
    /** What it was doing when it failed. */
    readonly s: RequestState;
    /** Each address that was tried, with its error, where there were several: `10.0.0.1:443 ETIMEDOUT`. */
    readonly tries?: readonly string[];
    /** Where a listener of the "close" of a request that came in aborted its signal, whose client still waited. */
    readonly closedAt?: readonly string[];
  };
  /** What a request that failed had said was said again by one that went well, in a body that is another one. */
  superseded: {
    readonly r: number;
  };
  /** What a request that failed had said was said to another addressee by one that went well, and maybe in its place. */
  restated: {
    readonly r: number;
    readonly later: number;
  };
  /** The request goes through a proxy. */
  proxy: {
    readonly r: number;
    /** Its origin, with the variable that it comes from. */
    readonly proxy: string;
  };
  /** The request's body stops before its end. */
  short: {
    readonly t: number;
    readonly r: number;
    /** Its Content-Length; null where it has none. */
    readonly announced: number | null;
    readonly written: number;
  };
  /** The parent hears of the error that ends its worker. */
  'worker-error': {
    readonly t: number;
    readonly tid: number;
    readonly code: string;
    readonly message: string;
    /** The worker's own limits, as it was given them. */
    readonly limits: readonly string[];
  };
  /** Something inside the process answers the request in the server's place. */
  mocked: {
    readonly r: number;
    /** Its name, where it is known. */
    readonly by: string;
  };
  /** The program asks for `fetch`, which is not Node's any more, or calls a client that hands its requests to a mock. */
  'fake-fetch': {
    readonly t: number;
    /** What is replaced: `fetch`, `axios`. */
    readonly client: string;
    /** What stands in for it; null for a function of which nothing is known. */
    readonly by: string | null;
    readonly stack: number | null;
  };
  /** The thread's timers are another clock's from now on, or Node's again. */
  clock: {
    readonly t: number;
    /** Whose they are; null where they are Node's again. */
    readonly by: string | null;
    readonly stack: number | null;
  };
  /** The program asks for a timer function while it is another clock's. */
  'fake-timer': {
    readonly t: number;
    readonly name: string;
    readonly stack: number | null;
  };
  /**
   * Of a fake clock: from now on it is reported when it is moved on, or nobody knows any more whether it is; it was
   * moved on; a timer of it was cleared.
   */
  'fake-clock': {
    readonly t: number;
    readonly what: 'followed' | 'lost' | 'moved' | 'cleared';
  };
  /** A connection that none of the followed clients opens. */
  connection: {
    readonly t: number;
    readonly id: number;
    /** `host:port`. */
    readonly address: string;
    /** Whether the program's own code opens it, not one of its packages. */
    readonly own: boolean;
    readonly stack: number | null;
  };
  'connection-state': {
    readonly t: number;
    readonly id: number;
    /** `waiting`: something was written and nothing has come. */
    readonly state: 'opening' | 'waiting' | 'answered' | 'closed';
    /** Of the error that closed it before it stood; null where there was none. */
    readonly failure: string | null;
  };
  /** A server of this thread answers on the port. */
  listen: {
    readonly t: number;
    readonly port: number;
  };
  /** Whether each request to the server on this port has led to a request of the program's own so far. */
  'server-sends': {
    readonly port: number;
    readonly sends: boolean;
  };
  child: {
    readonly t: number;
    readonly pid: number;
    readonly file: string;
    readonly stack: number | null;
  };
  /** This thread has started a command that is to send a signal which stops these processes. */
  'stop-command': {
    readonly t: number;
    readonly pids: readonly number[];
    readonly signal: 'SIGSTOP' | 'SIGTSTP';
    readonly stack: number | null;
  };
  /** The program watches a file, with a listener that is to send. */
  'file-watched': {
    readonly t: number;
    readonly id: number;
    readonly path: string;
    /** Of the file that had the name then. */
    readonly ino: number;
    readonly bornAt: number;
    readonly stack: number | null;
  };
  'file-unwatched': { readonly id: number };
  /** The program listens for a signal in a worker, where none ever arrives. */
  'unheard-signal': {
    readonly signal: string;
    readonly stack: number | null;
  };
  /** A pipe from a child became full, and nobody reads it; `full` is null where it was read again. */
  'child-output': {
    readonly t: number;
    readonly pid: number;
    readonly full: 'stdout' | 'stderr' | null;
  };
  /** A child of this thread was sent a signal by it. */
  'child-kill': {
    readonly t: number;
    readonly pid: number;
    readonly signal: string;
    readonly by: ChildKiller;
    readonly stack: number | null;
  };
  /** The parent hears of the end of its child. */
  'child-exit': {
    readonly t: number;
    readonly pid: number;
    readonly code: number | null;
    readonly signal: string | null;
  };
  /** The pending awaits of the thread's own code and its packages', as it ended or was asked. */
  awaits: {
    readonly t: number;
    /** When the look was over: its thread's loop has waited for it. */
    readonly until: number;
    readonly when: 'asked' | 'end';
    /** Null where its heap is too large to be looked at. */
    readonly awaits: readonly PendingAwaitSeen[] | null;
    readonly queues?: readonly StuckQueue[];
    readonly unsent?: readonly UnsentList[];
    readonly stalled?: readonly StalledSink[];
  };
  /** The thread is about to enter a call that stops its loop until it returns. */
  'loop-stopped': {
    readonly t: number;
    readonly call: string;
    readonly stack: number | null;
    /** Its longest duration in ms; null where it has none. */
    readonly limitMs: number | null;
    /** Whether another thread holds the memory that is waited on. */
    readonly shared: boolean;
  };
  'loop-resumed': {
    readonly t: number;
    /** True when a wait ended because its time was up. */
    readonly timedOut: boolean;
    /** True when the call threw, or its process ended with an error. */
    readonly failed: boolean;
  };
  worker: {
    readonly t: number;
    readonly tid: number;
    readonly name: string;
    readonly stack: number | null;
    /** The names there of the ports in its `workerData`, in the order of the walk. */
    readonly ports: readonly string[];
  };
  'worker-exit': {
    readonly t: number;
    readonly tid: number;
    readonly code: number;
  };
  terminate: {
    readonly t: number;
    readonly tid: number;
    readonly stack: number | null;
  };
  'exit-call': {
    readonly t: number;
    readonly code: number | null;
    readonly stack: number | null;
    /** File operations are under way, which would have ended by themselves. */
    readonly readsFiles?: true;
  };
  exit: {
    readonly t: number;
    readonly code: number;
    readonly timers: readonly ForgottenTimer[];
  };
  uncaught: {
    readonly t: number;
    readonly origin: 'uncaughtException' | 'unhandledRejection';
    readonly name: string;
    readonly code: string;
    readonly message: string;
    readonly frames: readonly string[];
    readonly inTimer: boolean;
    /** True when the error is a request's failure, which is reported by itself. */
    readonly ofRequest: boolean;
    /** Of a file whose code can't be read: the frame where, empty where the error does not say. */
    readonly brokenAt?: string;
    /** With that: the file from which its thread began to load. */
    readonly entry?: string;
  };
  post: {
    readonly t: number;
    readonly to: MessageEnd;
    readonly stack: number | null;
    /** Whether the program itself posted it, not one of its packages or Node. */
    readonly own: boolean;
    /** Why it can't arrive, where that is known at once. */
    readonly lost: 'closed' | 'ended' | 'not-cloneable' | null;
    /** How many were posted from here to there so far, this one among them. */
    readonly n: number;
    /** What it has in common with others of its kind. */
    readonly shape?: string;
    /** The worker's thread that had ended, to which it would have gone. */
    readonly ended?: number;
  };
  /** The thread has taken a message, and its listener is about to run. */
  taken: {
    readonly t: number;
    readonly from: MessageEnd;
    /** How many it has taken from there so far, this one among them. */
    readonly n: number;
  };
  /** A message came while nobody listened to its sender, which keeps none for later. */
  dropped: {
    readonly t: number;
    readonly from: MessageEnd;
    readonly n: number;
    /** Where the process listens in vain for what comes over no such way. */
    readonly misplaced?: readonly string[];
    /** To what, as a call; `process.on("message")` where it is not said. */
    readonly hears?: string;
  };
  /** Nobody listens to this child: its messages are kept for somebody who does. */
  unheard: {
    readonly t: number;
    readonly from: MessageEnd;
    /** Where the process listens in vain for what comes over no such way. */
    readonly misplaced: readonly string[];
  };
  /** A message came that could not be read, such as one of a buffer that its sender had given away; nobody listened for that. */
  unreadable: {
    readonly t: number;
    readonly from: MessageEnd;
    readonly n: number;
  };
  /** The n-th message from there is the last one that its listener, added at the frames and to send, takes. */
  'read-once': {
    readonly t: number;
    readonly from: MessageEnd;
    readonly n: number;
    readonly frames: readonly string[];
    /** Whether the listener hands on what the message says. */
    readonly passesOn?: true;
    /** Whether it does so whatever that says. */
    readonly handsOnAll?: true;
    /** Where the program removed it; else it takes one message only, and a request came of that. */
    readonly removedAt?: readonly string[];
  };
  /** The listener of the n-th message from there has done with it, and nothing came of it, where something has of others. */
  unanswered: {
    readonly t: number;
    readonly from: MessageEnd;
    readonly n: number;
  };
  /** This thread has begun, or ceased, to read what is posted to it here. */
  reads: {
    readonly t: number;
    readonly from: MessageEnd;
    readonly reading: boolean;
  };
  /** A port was handed to another thread, where its name is not known. */
  moved: {
    readonly t: number;
    readonly id: string;
  };
  /** A timer of the program's whose callback is likely to send something. */
  'timer-set': {
    readonly t: number;
    readonly id: number;
    readonly delayMs: number;
    readonly repeats: boolean;
    readonly stack: number | null;
    /** All that its callback does is to settle a promise: what is awaited there says what it is for. */
    readonly isSleep: boolean;
    /** All that its callback sends is a message to another thread or process. */
    readonly isMessage?: true;
    /** Its code does not say so: a request has come of each of its rounds. */
    readonly isLed?: true;
    /** A package's, which the program gave what sends: it decides itself whether it calls that. */
    readonly isGiven?: true;
  };
  /** It has fired for the last time, or was cleared. */
  'timer-gone': {
    readonly id: number;
  };
  /** A callback that leads to a request has run, and none has come of it so far; reported again where the reason changes. */
  'callback-fruitless': {
    readonly t: number;
    readonly id: number;
    readonly kind: TriggerKind;
    readonly setAt: number;
    readonly ranAt: number;
    readonly delayMs: number;
    readonly repeats: boolean;
    /** Where the timer was set, or the listener added. */
    readonly stack: number | null;
    /** How sure it is that its code leads to a request. */
    readonly leads: 'surely' | 'likely' | 'maybe';
    /** Whether its code decides something before. */
    readonly conditional: boolean;
    /** Of the call by which it leads there, as a frame; null where that is not known. */
    readonly calls: string | null;
    /** Whether a request has come of the same listener before, or of a timer set at the same place. */
    readonly hasLed: boolean;
    /** Whether a request was made that can't be traced to what started it. */
    readonly uncertain: boolean;
    /** When the last timer is due that was set in it; 0 where none was. */
    readonly sleepsUntil: number;
    readonly why: WhyNothing;
  };
  /** The thread's heap is full, and can't be made larger: the process is about to be ended. */
  'heap-full': {
    readonly t: number;
    readonly usedBytes: number;
  };
  /** A promise of the program's own code, made at `t`, was rejected; something caught that. */
  swallowed: {
    readonly t: number;
    /** When that was seen. */
    readonly seenAt: number;
    readonly error: string;
    readonly frames: readonly string[];
    /** Where the program's own code awaited the promise, or gave it a callback; empty where that is not known. */
    readonly takenAt: readonly string[];
    /** Whether a request came afterwards, or it goes back to a callback that is judged by itself. */
    readonly mayBeReplaced: boolean;
    /** The process is at work for a test runner. */
    readonly inTest?: true;
  };
  /** Code threw, and something further out is about to catch it; the frames are in their order. */
  caught: {
    readonly t: number;
    readonly error: string;
    readonly frames: readonly string[];
    /** It came out of a listener that is called from there, and these after it are to send. */
    readonly emittedAt?: string;
    readonly skips?: readonly string[];
    readonly inTest?: true;
  };
  /** A scheduler took a job that is to send and will never run it: it has no next time. */
  refused: {
    readonly t: number;
    readonly scheduler: string;
    readonly spec: string;
    readonly why: RefusalReason;
    /** Whether the program asks whether the job was taken, and sends by itself where it was not. */
    readonly sendsOtherwise: boolean;
    readonly stack: number | null;
  };
  /** A pool of workers was ended, and rejected the jobs that had not begun. */
  'jobs-dropped': {
    readonly t: number;
    /** The package's name. */
    readonly pool: string;
    readonly n: number;
    readonly stack: number | null;
  };
  /** A client was given a signal whose time had passed: it refuses the call, and makes no request. */
  'too-late': {
    readonly t: number;
    readonly origin: string;
    readonly path: string;
    /** Of the signal's deadline, where it is known. */
    readonly ms: number | null;
    readonly stack: number | null;
    /** Where the program had aborted the signal by itself, which had served other requests before. */
    readonly abortedAt?: readonly string[];
    /** Where a listener of the "close" of a request that came in aborted its signal, whose client still waited. */
    readonly closedAt?: readonly string[];
  };
  /** A stream of RxJS was given a value, and an error had ended its last subscription. */
  unsubscribed: {
    readonly t: number;
    /** When a value was first given to somebody. */
    readonly since: number;
    readonly error: string;
    readonly frames: readonly string[];
    readonly stack: number | null;
  };
  /** Something that is to send was made, or called for, and was not done so far. */
  'left-undone': {
    readonly t: number;
    readonly id: number;
    readonly kind: UndoneKind;
    /** Of the function, or of the event. */
    readonly name: string;
    /** Whether no more events of the name can be expected. */
    readonly isOneOff: boolean;
    /** Where it was made or called for, and then where what sends is written. */
    readonly stack: number | null;
  };
  /** What others give this worker to do is to send, by its code. */
  'on-demand': {
    readonly t: number;
  };
  /** A listener was added to a BroadcastChannel that is to send, and tells messages apart by these texts. */
  'channel-sender': {
    readonly t: number;
    readonly name: string;
    /** Whether its code decides something before it sends. */
    readonly conditional: boolean;
    /** For these it sends. */
    readonly sentFor: readonly string[];
    /** For these it does something else. */
    readonly others: readonly string[];
  };
  /** It was done in the end, or it is not known any more whether it was. */
  'done-after-all': {
    readonly id: number;
  };
  /** In the end a request came of it. */
  'callback-fruitful': {
    readonly id: number;
  };
  overflow: {
    readonly t: number;
    /** Null where it is no number. */
    readonly delayMs: number | null;
    readonly frames: readonly string[];
  };
  /** A small job of libuv's pool came back after `waitedMs`, or has not come back for so long. */
  pool: {
    readonly t: number;
    readonly waitedMs: number;
    readonly done: boolean;
  };
}

/** One event: `e` is its name in `ProbeEvents`. */
export type ProbeEvent = { [Name in EventName]: EventOf<Name> }[EventName];

export type EventName = keyof ProbeEvents;
export type EventOf<Name extends EventName> = { readonly e: Name } & ProbeEvents[Name];

export interface Deadline {
  readonly what: string;
  readonly ms: number;
}

export type RequestState =
  | 'created'
  | 'queued'
  | 'connecting'
  | 'unfinished'
  | 'sending'
  | 'sent'
  | 'body'
  | 'body-unread'
  /** Its reader has stopped taking more. */
  | 'body-held';

/** `timer`: the program gave up in a timer's callback, as hand-made deadlines do. */
export type Abandonment = 'error' | 'deadline' | 'program' | 'timer';

export interface PendingAwaitSeen extends Pick<PendingAwait, 'expression' | 'holders' | 'count'> {
  /** Innermost first; the first is the await itself. */
  readonly chain: readonly AwaitPlaceSeen[];
  /** What it waited for is settled: it would have gone on in the same iteration of the loop. */
  readonly isReady?: true;
}

export interface AwaitPlaceSeen extends Omit<AwaitPlace, 'after' | 'afterLoop'> {
  /** Whether what comes after it is likely to send something. */
  readonly sendsAfter: boolean;
  /** The same, as a call that stands there led to a request elsewhere in the file. */
  readonly callsSender?: true;
  /** Whether it stands in a loop that runs as long as the program does. */
  readonly isInUnboundedLoop: boolean;
  /** Whether what comes after that loop, or else after it, is likely to send something while the program serves. */
  readonly sendsLater: boolean;
}

/** A timer that was unref'd and had not fired when its thread ended. */
export interface ForgottenTimer {
  readonly delayMs: number;
  readonly stack: number | null;
  /** When it was let go of. */
  readonly at: number;
  /** Whether a request of its thread was under way then. */
  readonly besideRequest: boolean;
  /** What its callback is likely to be for, judged by its text. */
  readonly purpose: 'guard' | 'send' | 'retry' | 'unknown';
  readonly repeats: boolean;
  /** Whether a function waits for it, rather than a callback. */
  readonly isSleep: boolean;
}

/** Where a message goes: the worker with this thread id, the parent of this thread, a port, a channel by name, a process. */
export type MessageEnd =
  | { readonly kind: 'worker'; readonly tid: number }
  | { readonly kind: 'parent' }
  | { readonly kind: 'port'; readonly id: string }
  | { readonly kind: 'channel'; readonly name: string }
  | { readonly kind: 'process'; readonly pid: number };

/** What was made, or called for, and not done. */
export type UndoneKind =
  /** A generator that nobody asks for a value. */
  | 'generator'
  /** An event after the only one that its listener takes. */
  | 'once'
  /** An event that came before any listener. */
  | 'early'
  /** Lines that were read before any listener was there. */
  | 'lines'
  /** What stands in a chain behind a function that does not call the next one. */
  | 'chain'
  /** An event whose listeners had all been removed together. */
  | 'removed'
  /** Values that an operator of a stream still held. */
  | 'held'
  /** A timer that was cleared when another one was set in its place. */
  | 'replaced'
  /** A listener for the end of a response whose caller hung up. */
  | 'unfinished'
  /** A message of a WebSocket to which nothing listened yet. */
  | 'unread'
  /** A message of a WebSocket that was opened in the place of the one that is listened to. */
  | 'unlistened'
  /** A loop over an iterator that an earlier loop had left, and so closed. */
  | 'closed'
  /** A callback that was given an error. */
  | 'failed'
  /** A job for a queue that is paused. */
  | 'paused'
  /** A call that had not sent anything when `process.exit()` was called. */
  | 'begun'
  /** What was in a queue of the program's own when it ended. */
  | 'queued'
  /** A notification whose due time is no date. */
  | 'void'
  /** A run that keeps out the later ones of its job. */
  | 'kept-out'
  /** A request that was built, and begins only once it is awaited. */
  | 'lazy'
  /** The next data of a stream that was paused and never resumed. */
  | 'kept-paused'
  /** An event for which there is a listener under another name. */
  | 'misnamed'
  /** An event of one emitter for which only another emitter has a listener. */
  | 'elsewhere'
  /** A function that a table has under another name. */
  | 'unkeyed'
  /** A timer whose delay is no number. */
  | 'void-delay';

/** Why a scheduler sets no timer for a job, or none for the time that was meant. */
export type RefusalReason = 'past' | 'no-date' | 'no-next-time' | 'not-started';

/** `package-timer`: a package set it when the program called it, as one that sends in batches does. */
export type TriggerKind = 'timer' | 'package-timer' | 'message' | 'signal' | 'event';

/** Who sends a child its signal: code of the program, or Node by a limit that the program gave it. */
export type ChildKiller = 'program' | 'maxBuffer' | 'timeout';

/** Why no request came of a callback that was to send, as far as its promises say. */
export type WhyNothing =
  | { readonly kind: 'rejected'; readonly error: string; readonly frames: readonly string[] }
  /** `frames`: where the innermost promise that is pending was made, as far as that is known. */
  | { readonly kind: 'pending'; readonly frames: readonly string[] }
  /** It had not run when its thread ended. */
  | { readonly kind: 'unfired' }
  /** Events of these types came, and it listens to another one. */
  | { readonly kind: 'unheard'; readonly types: readonly string[] }
  | { readonly kind: 'nothing' };
