import type { ThreadPlace, ThreadWait } from '../record.ts';
import type { EventOf, ThreadSeen } from './event.ts';
import type { PythonLoops } from './loop.ts';
import type { LocksOfTheDead } from './process-locks.ts';
import type { PythonThreads } from './thread.ts';

/** How often a process that runs is looked at, in ms. */
const lookMs = 100;

/** Where the threads of one process were when last looked at. */
export class ThreadPlaces {
  #seen: readonly ThreadSeen[] = [];
  #fork: EventOf<'forked'> | null = null;

  fork(event: EventOf<'forked'>): void {
    this.#fork = event;
  }

  look({ threads, how }: EventOf<'snapshot'>): void {
    // The thread that ends the process has left the place where it waited.
    if (threads.length > 0 && (how === 'pending' || this.#seen.length === 0)) this.#seen = threads;
  }

  now(
    hasEnded: boolean,
    threads: PythonThreads,
    loops: PythonLoops,
    dead: LocksOfTheDead,
  ): readonly ThreadPlace[] {
    const forkedBeside =
      this.#fork?.parentThreads.map(({ thread, stack }) => ({ name: thread.name, stack })) ?? null;
    const running = new Set(
      loops.all.flatMap(({ state, thread }) => (state === 'running' ? [thread?.tid] : [])),
    );
    return this.#seen.map((seen) => ({
      thread: threads.seen(seen),
      statement: seen.statement,
      stack: seen.stack,
      stillMs: seen.stillMs + (hasEnded ? 0 : lookMs),
      wait: seen.wait === null ? null : waitOf(seen.wait, dead),
      runsLoop: running.has(seen.id),
      forkedBeside,
    }));
  }
}

function waitOf(wait: NonNullable<ThreadSeen['wait']>, dead: LocksOfTheDead): ThreadWait {
  const { kind, on, holder, heldSince = null, handler = null, never = [], lock = null, leads = false } = wait;
  const held = lock === null ? undefined : dead.get(lock);
  return {
    kind,
    leads,
    on,
    holder,
    heldSince,
    handler,
    never: held === undefined ? never : [...never, held],
  };
}
