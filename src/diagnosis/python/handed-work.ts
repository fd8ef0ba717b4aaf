import type { LostPost } from '../record.ts';
import type { EventOf } from './event.ts';
import type { PythonLoop, PythonLoops } from './loop.ts';
import type { PythonThread, PythonThreads } from './thread.ts';

const keptWaits = 50;

/** A coroutine that was handed to a loop, until it ends. */
export interface Handed {
  readonly number: number;
  readonly at: number;
  readonly what: string;
  readonly from: PythonThread;
  readonly loop: PythonLoop;
  readonly stack: readonly string[];
  started: boolean;
  /** When it was given up; null while it waits. */
  abandonedAt: number | null;
}

/** What threads of one process handed to its loops, and loops that wait for such work with `.result()`. */
export class HandedWork {
  readonly #threads: PythonThreads;
  readonly #loops: PythonLoops;
  readonly #handed = new Map<number, Handed>();
  readonly #waits = new Map<number, EventOf<'wait'>>();
  #pastWaits: readonly EventOf<'wait'>[] = [];

  constructor(threads: PythonThreads, loops: PythonLoops) {
    this.#threads = threads;
    this.#loops = loops;
  }

  get all(): readonly Handed[] {
    return [...this.#handed.values()];
  }

  get waits(): readonly EventOf<'wait'>[] {
    return [...this.#waits.values()];
  }

  /** Such waits that came to an end: the last of them. */
  get pastWaits(): readonly EventOf<'wait'>[] {
    return this.#pastWaits;
  }

  add({ h, t, what, thread, loop, stack }: EventOf<'handover'>): void {
    const from = this.#threads.of(thread, t);
    from.hasPosted = true;
    this.#handed.set(h, {
      number: h,
      at: t,
      what,
      from,
      loop: this.#loops.get(loop, t),
      stack,
      started: false,
      abandonedAt: null,
    });
  }

  end({ h, t, how, started }: EventOf<'handover-end'>): void {
    const handed = this.#handed.get(h);
    if (handed === undefined) return;
    if (how !== 'cancelled' || started || handed.started) this.#handed.delete(h);
    else handed.abandonedAt = t;
  }

  look({ handovers }: EventOf<'snapshot'>): void {
    for (const { h, started } of handovers) {
      const handed = this.#handed.get(h);
      if (handed !== undefined) handed.started ||= started;
    }
  }

  wait(event: EventOf<'wait'>): void {
    this.#waits.set(event.w, event);
  }

  endWait({ w }: EventOf<'wait-end'>): void {
    const wait = this.#waits.get(w);
    this.#waits.delete(w);
    if (wait !== undefined) this.#pastWaits = [...this.#pastWaits, wait].slice(-keptWaits);
  }

  /** Threads whose loops were to run something that never began. */
  targets(): readonly PythonThread[] {
    return this.all.flatMap(({ loop: { thread }, started }) => (started || thread === null ? [] : [thread]));
  }

  /** What was handed to a loop that nothing runs. */
  neverRun(endedAt: number): readonly LostPost[] {
    return this.all
      .filter(({ loop, started, at }) => loop.state === 'new' && !started && endedAt > at)
      .map(({ from: thread, at, what: work, stack }) => ({
        thread,
        at,
        to: 'an event loop',
        work,
        why: 'never-run',
        stack,
      }));
  }
}
