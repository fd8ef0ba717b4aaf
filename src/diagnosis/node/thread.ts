import { isForeign } from '../../model/frame.ts';
import type { Request, SendingThread } from '../collect/request.ts';
import type {
  AwaitsLook,
  FakeFetch,
  FakeTimer,
  FatalError,
  ForgottenTimer,
  FullOutput,
  LoopRecord,
  ReplacedClockOf,
  SelfAsking,
  Standstill,
  Suspension,
  ThreadEnd,
  TimerToSend,
  UnheardSignal,
  WayBehindPost,
} from '../record.ts';
import type { EventOf } from './protocol.ts';

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
  readonly failed: boolean;
  /** The process that it waits for, which was seen to ask a server of this very thread. */
  readonly askedBy: SelfAsking | null;
}

/** A connection that none of the followed clients opened. */
export interface Connection extends Pick<EventOf<'connection'>, 't' | 'address' | 'own' | 'stack'> {
  state: EventOf<'connection-state'>['state'];
  since: number;
  failure: string | null;
}

/** A process that the thread has started. */
export interface Child extends Pick<EventOf<'child'>, 't' | 'pid' | 'file' | 'stack'> {
  /** Whether it was seen to connect to others; null where that could not be seen. */
  connects: boolean | null;
  /** The signals that its parent sent it, the first of each name and the last one. */
  readonly kills: EventOf<'child-kill'>[];
  /** The signal that ended it, as its parent heard of it. */
  endedBy: string | null;
}

/** An error that something caught, with the frames through which it came. */
export interface CaughtError {
  readonly t: number;
  readonly error: string;
  readonly frames: readonly string[];
}

/** What is being joined of one thread, whose loop is its own. */
export class Thread implements SendingThread, LoopRecord {
  readonly runtime = 'node';
  readonly isDaemon = false;
  /** Of its loop. */
  readonly isClosed = false;
  readonly key: string;
  readonly pid: number;
  readonly tid: number;
  name = '';
  /** Its process's file. */
  file = '';
  ppid = 0;
  isMain = true;
  inChildProcess = false;
  isLauncher = false;
  parent: Thread | null = null;
  startedAt = Number.NaN;
  end: ThreadEnd | null = null;
  standstills: Standstill[] = [];
  suspensions: readonly Suspension[] = [];
  timers: readonly ForgottenTimer[] = [];
  timersToSend: readonly TimerToSend[] = [];
  wayBehindPost: WayBehindPost | null = null;
  firstRequestAt: number | null = null;
  lastRequestAt: number | null = null;
  succeeded = 0;
  parks = 0;
  /** Requests that it has started. */
  requests = 0;
  readonly fakeFetches: FakeFetch[] = [];
  clock: ReplacedClockOf<FakeTimer[]> | null = null;
  fatalError: FatalError | null = null;
  awaits: AwaitsLook | null = null;
  readonly connections = new Map<number, Connection>();
  readonly children: Child[] = [];
  readonly stopCommands: EventOf<'stop-command'>[] = [];
  readonly unheardSignals: UnheardSignal[] = [];
  fullOutputs: FullOutput[] = [];
  hasPosted = false;
  lastPostAt: number | null = null;
  sendsOnDemand = false;
  readonly listensOn: number[] = [];
  unheardOn: readonly number[] = [];
  readonly sendsWhenAskedOn = new Set<number>();
  isQuiet = false;
  hasRepeatingTimer = false;

  debugPort = 0;
  heapLimit = 0;
  /** What its heap held when V8 said that it is full; null where V8 did not. */
  fullHeapBytes: number | null = null;
  wakeable = false;
  /** When its loop was last known to run. */
  loopRanAt = Number.NaN;
  /** The call that stops its loop now. */
  stoppingCall: StoppingCall | null = null;
  /** The longest such call since its loop last ran. */
  longestStop: StoppingCall | null = null;
  /** In all such calls since its loop last ran, in ms. */
  stoppedMs = 0;
  /** Taken through the inspector while the loop did not run. */
  blockedStack: readonly string[] = [];
  /** Whether that stack ends in a loop that asks shared memory. */
  spins = false;
  /** Whether its code awaits, again and again, what has settled. */
  awaitsAgain = false;
  unread: Unread[] = [];
  /** What it took since its loop last ran, but not soon. */
  takenLate: Taken[] = [];
  /** The last message that it took since its loop last ran. */
  taken: Taken | null = null;
  /** Timers that are to send something, by number. */
  readonly timersSet = new Map<number, EventOf<'timer-set'>>();
  /** Callbacks that were to send and of which nothing has come, by number. */
  readonly fruitlessCallbacks = new Map<number, EventOf<'callback-fruitless'>>();
  readonly leftUndone = new Map<number, EventOf<'left-undone'>>();
  readonly watchedFiles = new Map<number, EventOf<'file-watched'>>();
  /** Errors that something caught, and that are not known to have broken off what was to send. */
  readonly caught: CaughtError[] = [];
  exitCall: { readonly stack: readonly string[]; readonly readsFiles: boolean } | null = null;
  terminated: readonly string[] | null = null;
  terminatedAt: number | null = null;
  escaped = false;
  /** Where it posted last, as long as nothing else has been heard of it since. */
  justPosted: number | null = null;
  /** Its own last one. */
  lastPost: EventOf<'post'> | null = null;
  /** Whether it has ever listened for messages. */
  hasListened = false;
  /** Whether requests of it were only counted, the last of which its end may have kept back. */
  isCounted = false;
  /** When a request was last started from a place, by the number of its stack. */
  readonly startedFrom = new Map<number, number>();
  /** When a request to an origin last got on. */
  readonly gotOnAt = new Map<string, number>();
  readonly pending = new Map<number, Request>();
  readonly #stacks = new Map<number, readonly string[]>();

  get thread(): Thread {
    return this;
  }

  constructor(key: string) {
    this.key = key;
    const [pid, tid] = key.split('.').map(Number);
    this.pid = pid ?? 0;
    this.tid = tid ?? 0;
  }

  learnStack(id: number, frames: readonly string[]): void {
    this.#stacks.set(id, frames);
  }

  /** From where requests were started after a moment. */
  stacksOfRequestsAfter(at: number): readonly (readonly string[])[] {
    return [...this.startedFrom].filter(([, last]) => last > at).map(([id]) => this.stack(id));
  }

  /** The functions of the program's that requests were started from, by their names. */
  senders(): ReadonlySet<string> {
    const names = [...this.startedFrom.keys()].map((id) => nameOf(this.stack(id)[0] ?? ''));
    return new Set(names.filter((name) => name !== ''));
  }

  stack(id: number | null): readonly string[] {
    return id === null ? [] : (this.#stacks.get(id) ?? []);
  }
}

/** Of a frame of the program's; empty where it has none, or one that says nothing. */
function nameOf(frame: string): string {
  if (isForeign(frame)) return '';
  const name = /[( .]([A-Za-z_$][\w$]{2,})(?: \[as [^\]]*\])?\)$/.exec(frame)?.[1] ?? '';
  return /^(?:anonymous|then|main|run|start|init|handler|callback|call|apply|next|emit|get|set|add|map|forEach|_onTimeout)$/.test(
    name,
  )
    ? ''
    : name;
}
