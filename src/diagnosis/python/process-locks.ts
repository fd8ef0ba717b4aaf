import type { EventOf } from './event.ts';

/** Locks, by name, whose holder has ended with them, and who that was, in a sentence. */
export type LocksOfTheDead = ReadonlyMap<string, string>;

/** Locks shared by processes that one process holds. */
export class ProcessLocks {
  readonly #held = new Map<string, EventOf<'lock-held'>>();

  take(event: EventOf<'lock-held'>): void {
    this.#held.set(event.lock, event);
  }

  giveBack({ lock }: EventOf<'lock-freed'>): void {
    this.#held.delete(lock);
  }

  /** What it held when it ended. */
  left(pid: number): LocksOfTheDead {
    return new Map(
      [...this.#held].map(
        ([
          lock,
          {
            stack: [place],
          },
        ]) => [
          lock,
          `process ${pid} held it${place === undefined ? '' : `, taken at ${place},`} when it was ended, and no other process releases it`,
        ],
      ),
    );
  }
}
