import type { LoopRecord, Standstill, UnwokenLoop } from '../record.ts';
import type { EventOf, LoopKind, LoopSeen } from './event.ts';
import type { PythonThread, PythonThreads } from './thread.ts';

/** Loops kept of a program that makes one for every message. */
const keptLoops = 1000;
const keptBlocks = 20;
const keptCalls = 50;

/** What is being joined of one event loop; a thread may run several, one after the other. */
export class PythonLoop implements LoopRecord {
  readonly number: number;
  kind: LoopKind = 'asyncio';
  state: LoopSeen['s'] = 'new';
  /** When it came into this state. */
  since: number;
  firstRunAt = Number.POSITIVE_INFINITY;
  thread: PythonThread | null = null;
  /** What the last look saw, and when that was. */
  seen: LoopSeen | null = null;
  seenAt = 0;
  /** Times when it was blocked and ran again. */
  blocked: readonly EventOf<'loop-blocked'>[] = [];
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

/** The event loops of one process. */
export class PythonLoops {
  readonly #byNumber = new Map<number, PythonLoop>();
  readonly #threads: PythonThreads;

  constructor(threads: PythonThreads) {
    this.#threads = threads;
  }

  get all(): readonly PythonLoop[] {
    return [...this.#byNumber.values()];
  }

  find(number: number): PythonLoop | undefined {
    return this.#byNumber.get(number);
  }

  get(number: number, at: number): PythonLoop {
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    const loop = new PythonLoop(number, at);
    this.#byNumber.set(number, loop);
    return loop;
  }

  move({ l, s, kind, t, thread }: EventOf<'loop'>): void {
    const loop = this.get(l, t);
    loop.kind = kind;
    loop.state = s;
    if (s === 'running') loop.firstRunAt = Math.min(loop.firstRunAt, t);
    loop.since = t;
    loop.thread = this.#threads.of(thread, t);
    loop.unwokenSince = null;
    if (s === 'closed' && this.#byNumber.size > keptLoops) this.#byNumber.delete(l);
  }

  ranAgain(event: EventOf<'loop-blocked'>): void {
    const loop = this.get(event.l, event.t);
    loop.blocked = [...loop.blocked, event].slice(-keptBlocks);
  }

  calledUnsafely({ l, t, thread, stack }: EventOf<'unsafe-call'>): void {
    const loop = this.get(l, t);
    if (loop.unsafeCalls.length < keptCalls)
      loop.unsafeCalls = [...loop.unsafeCalls, { thread: this.#threads.of(thread, t), stack }];
  }

  look({ loops, how, t }: EventOf<'snapshot'>): void {
    for (const seen of loops) {
      const loop = this.get(seen.l, t);
      loop.seen = seen;
      loop.seenAt = t;
      const isUnwoken = seen.s === 'running' && seen.polling && seen.ready > 0;
      loop.unwokenSince = isUnwoken ? (loop.unwokenSince ?? t) : null;
      if (!seen.threadAlive && loop.state !== 'running' && loop.thread !== null && how === 'pending')
        loop.thread.end ??= { at: t, reason: 'natural', code: null, stack: [] };
    }
  }

  /** Those that sleep beside work. */
  unwoken(): readonly UnwokenLoop[] {
    return this.all.flatMap(({ thread, unwokenSince: since, seen, unsafeCalls: calls }) =>
      since === null ? [] : [{ thread, since, ready: seen?.ready ?? 1, calls, stack: seen?.stack ?? [] }],
    );
  }
}
