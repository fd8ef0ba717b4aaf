import type { Request, SendingThread } from '../collect/request.ts';
import type { ForgottenTimer, LoopRecord, Standstill, ThreadEnd } from '../record.ts';
import type { EventOf, LoopKind, LoopSeen, PythonThread as ReportedThread } from './event.ts';

/** What is being joined of one Python thread. */
export class PythonThread implements SendingThread {
  readonly runtime = 'python';
  readonly pid: number;
  tid: number;
  name: string;
  readonly isMain: boolean;
  readonly isDaemon: boolean;
  readonly inChildProcess = false;
  readonly isLauncher = false;
  readonly parent = null;
  readonly startedAt: number;
  end: ThreadEnd | null = null;
  standstills: readonly Standstill[] = [];
  timers: readonly ForgottenTimer[] = [];
  readonly parks = 0;
  hasPosted = false;
  firstRequestAt: number | null = null;
  lastRequestAt: number | null = null;
  succeeded = 0;
  requests = 0;
  readonly fakeFetches = [];
  readonly clock = null;
  readonly fatalError = null;
  readonly awaits = null;
  readonly suspensions = [];
  readonly gotOnAt = new Map<string, number>();
  readonly pending = new Map<number, Request>();
  /** The error that ended it. */
  escaped = false;

  constructor(pid: number, { id, name, isMain, daemon }: ReportedThread, startedAt: number) {
    this.pid = pid;
    this.tid = id;
    this.name = name;
    this.isMain = isMain;
    this.isDaemon = daemon;
    this.startedAt = startedAt;
  }
}

/** What is being joined of one event loop; a thread may run several, one after the other. */
export class PythonLoop implements LoopRecord {
  readonly number: number;
  kind: LoopKind = 'asyncio';
  state: LoopSeen['s'] = 'new';
  /** When it came into this state. */
  since: number;
  thread: PythonThread | null = null;
  /** What the last look saw, and when that was. */
  seen: LoopSeen | null = null;
  seenAt = 0;
  /** Times when it was blocked and ran again. */
  blocked: readonly EventOf<'stood'>[] = [];
  /** Where other threads gave it work in a way that does not wake it. */
  unsafeCalls: readonly { readonly thread: PythonThread; readonly stack: readonly string[] }[] = [];
  /** Since when it has slept in its selector beside callbacks that were not run. */
  unwokenSince: number | null = null;
  standstills: readonly Standstill[] = [];

  get isClosed(): boolean {
    return this.state === 'closed';
  }

  /** A hub carries the blocking clients of its greenlets; beside another loop they are carried by their thread. */
  get isHub(): boolean {
    return this.kind === 'gevent' || this.kind === 'eventlet';
  }

  constructor(number: number, since: number) {
    this.number = number;
    this.since = since;
  }
}
