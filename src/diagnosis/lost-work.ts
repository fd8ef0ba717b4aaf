/** How work that was to send came to its end, or to a stop, without having sent. */
export type LossKind =
  /** The collector took it: nothing referred to it any more. */
  | 'destroyed'
  /** An error ended it, and nobody asked for its result. */
  | 'failed'
  /** The end of its loop, or of its thread, cut it off. */
  | 'cut-off'
  /** The same, in a thread that is not main: the program went on. */
  | 'thread-cut-off'
  | 'not-awaited'
  /** It waited for a free thread of its pool. */
  | 'queued'
  /** It was taken off its pool's queue before it had begun. */
  | 'cancelled'
  /** The end of the program cut off a thread that does not keep it alive. */
  | 'daemon'
  /** It was still in a queue when the program ended. */
  | 'left-in-queue'
  /** The scheduler passed over its run. */
  | 'missed-run'
  | 'due-after-end'
  | 'never-started'
  /** Its pool of processes was terminated. */
  | 'pool-terminated'
  /** Its loop slept on beside it. */
  | 'woken-late'
  /** It was due while its loop was blocked. */
  | 'overdue'
  /** It waits for something that nothing can bring about any more. */
  | 'stuck';

export interface Place {
  readonly statement: string | null;
  /** User frames first. */
  readonly stack: readonly string[];
}

/** Work that was to make a request, and made none or made it late. */
export interface LostWork<Thread> {
  readonly how: LossKind;
  readonly thread: Thread | null;
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
}
