import { isInPackage } from '../../model/frame.ts';
import type { DroppedJobs } from '../record.ts';
import { placeThatSaysNothing } from '../source/placed-catch.ts';
import type { EventOf } from './protocol.ts';
import type { Thread } from './thread.ts';

const kept = 100;

/** A rejection, or several at once, that may come of the end of a pool. */
type Dropped = Pick<DroppedJobs, 'count' | 'stack' | 'error' | 'silencedAt'> & {
  readonly thread: Thread;
  readonly pool: string;
};

/** Joins the rejections of a pool's jobs with the workers that were ended meanwhile. */
export class DroppedJobsLedger {
  readonly #dropped: Dropped[] = [];

  rejected(thread: Thread, { error, frames, takenAt }: EventOf<'swallowed'>): void {
    const pool = packageOf(frames.find(isInPackage) ?? '');
    if (this.#dropped.length >= kept || pool === null) return;
    const silencedAt = placeThatSaysNothing(takenAt);
    if (silencedAt !== null)
      this.#dropped.push({ thread, pool, count: null, stack: frames, error, silencedAt });
  }

  dropped(thread: Thread, { pool, n, stack }: EventOf<'jobs-dropped'>): void {
    if (this.#dropped.length >= kept) return;
    const frames = thread.stack(stack);
    this.#dropped.push({ thread, pool, count: n, stack: frames, error: null, silencedAt: null });
  }

  /** Once for each pool that was ended; `takenBy` says how many messages a thread has taken. */
  found(threads: readonly Thread[], takenBy: (thread: Thread) => number): readonly DroppedJobs[] {
    const found = new Map<Thread | undefined, DroppedJobs>();
    for (const one of this.#dropped) {
      const workers = threads.filter((worker) => worker.parent === one.thread && wereEndedFor(worker, one));
      const requests = workers.reduce((sum, worker) => sum + worker.requests, 0);
      // A worker says at most once that it is ready; each other message is the result of a job.
      const results = takenBy(one.thread) - workers.length;
      const isToSend = requests > 0 || (results <= 0 && workers.some(({ sendsOnDemand }) => sendsOnDemand));
      if (!isToSend || requests < results) continue;
      const at = Math.min(...workers.map(({ end }) => end?.at ?? Infinity));
      const stack = [one.stack, ...workers.map(({ end }) => end?.stack ?? [])].find(hasOwn) ?? one.stack;
      if (!found.has(workers[0])) found.set(workers[0], { ...one, workers, at, stack });
    }
    return [...found.values()];
  }
}

function hasOwn(frames: readonly string[]): boolean {
  return frames.some((frame) => !isInPackage(frame));
}

/** The same call of the program's ended the worker, as far as that is known, and the same package. */
function wereEndedFor({ end }: Thread, { stack, pool }: Dropped): boolean {
  if (end?.reason !== 'terminated' && end?.reason !== 'exit-call') return false;
  if (!end.stack.some((frame) => packageOf(frame) === pool)) return false;
  const [call, calledBefore] = [end.stack, stack].map((frames) =>
    // The same function has a name in the text of an error that it has not in a stack.
    frames.find((frame) => !isInPackage(frame))?.replace(/ \(.*$/, ''),
  );
  return call === undefined || calledBefore === undefined || call === calledBefore;
}

function packageOf(frame: string): string | null {
  return /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(frame)?.[1] ?? null;
}
