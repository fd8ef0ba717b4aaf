import type { LostWork } from '../lost-work.ts';
import type {
  EventOf,
  JobSeen,
  LoopSeen,
  PythonRequestState,
  PythonThread,
  ThreadStanding,
} from './event.ts';
import type { WorkEventOf } from './work-event.ts';

export interface PythonRequest {
  readonly started: EventOf<'request'>;
  readonly state: PythonRequestState;
  readonly head: EventOf<'head'> | null;
  readonly refusal: string | null;
  readonly endedAt: number | null;
  readonly failure: EventOf<'fail'> | null;
  /** The time after which its client gives up an answer that does not come; null where it has none. */
  readonly timeoutMs: number | null;
}

export interface Handover {
  readonly made: EventOf<'handover'>;
  readonly started: boolean;
  readonly end: EventOf<'handover-end'> | null;
}

export interface LoopRecord {
  readonly number: number;
  readonly state: LoopSeen['s'];
  /** When it came into this state. */
  readonly since: number;
  /** The thread that turned it last; null where none ever did. */
  readonly thread: PythonThread | null;
  /** What the last look at it saw; null where there was none. */
  readonly seen: LoopSeen | null;
  /** Times when it stood still and turned again. */
  readonly stood: readonly EventOf<'stood'>[];
  /** Where other threads gave it work in a way that does not wake it. */
  readonly unsafeCalls: readonly EventOf<'unsafe-call'>[];
  /** Since when it has slept in its selector beside callbacks that were not run; null where it does not. */
  readonly unwokenSince: number | null;
}

/** A thread that made a request or turned a loop. */
export interface ThreadSeen {
  readonly thread: PythonThread;
  readonly firstAt: number;
  /** Its requests that went well and quickly. */
  readonly answered: number;
}

/** Everything the probe told of one process, joined. The rules read it and nothing else. */
export interface PythonRecord {
  readonly pid: number;
  readonly python: string;
  /** Unsettled, failed and slow ones; those that went well are only counted. */
  readonly requests: readonly PythonRequest[];
  readonly started: number;
  readonly succeeded: number;
  readonly threads: readonly ThreadSeen[];
  readonly loops: ReadonlyMap<number, LoopRecord>;
  readonly handovers: readonly Handover[];
  readonly waits: readonly EventOf<'wait'>[];
  /** Such waits that came to an end: the last of them. */
  readonly pastWaits: readonly EventOf<'wait'>[];
  readonly jobs: readonly JobSeen[];
  readonly queued: number;
  readonly errors: readonly (EventOf<'loop-error'> | EventOf<'thread-error'> | EventOf<'uncaught'>)[];
  readonly unawaited: readonly EventOf<'unawaited'>[];
  /** Work that was to send and did not, or did late. */
  readonly losses: readonly LostWork<PythonThread>[];
  /** Where each thread was when last looked at. */
  readonly standing: readonly ThreadStanding[];
  /** What it used that the probe does not follow. */
  readonly blindSpots: readonly WorkEventOf<'not-followed'>[];
  /** How it was forked; null where it was started. */
  readonly forked: WorkEventOf<'forked'> | null;
  /** `threading.Timer`s that had neither fired nor been cancelled. */
  readonly pendingTimers: readonly EventOf<'timer'>[];
  /** When the interpreter began to end, before its exit handlers ran; null where it did not. */
  readonly leavingAt: number | null;
  /** The call that ended the process, null where it was still running or was killed. */
  readonly exit: EventOf<'snapshot'> | null;
  /** The signal that ended it, where that is known. */
  readonly signal: string | null;
  /** Whether the process has ended, however it did. */
  readonly gone: boolean;
  /** When the probe's own thread last came to run. */
  readonly lastBeat: number | null;
  /** When the observation ended. */
  readonly endedAt: number;
}
