import type { PoolWait, QueuedJob } from '../record.ts';
import type { EventOf, JobSeen } from './event.ts';

const keptJobs = 500;
/** A look older than this, in ms, says nothing of what is pending now. */
const staleMs = 1000;

/** Modules whose jobs send. */
const sendingModules = /^(requests|urllib3?|http|httpx|slack_sdk)\b/;

/** Jobs of one process's executors that wait for a thread. */
export class QueuedJobs {
  readonly #seen = new Map<number, JobSeen>();
  /** Lookups that waited, by their job's number: one that was given up is seen no more. */
  readonly #lookups = new Map<number, Waiting>();
  #last: EventOf<'snapshot'> | null = null;

  look(event: EventOf<'snapshot'>): void {
    this.#last = event;
    for (const job of event.jobs) {
      if (this.#seen.size < keptJobs) this.#seen.set(job.j, job);
      if (isLookup(job) && this.#lookups.size < keptJobs)
        this.#lookups.set(job.j, { job, t: event.t, queued: event.queued });
    }
  }

  find(number: number): JobSeen | undefined {
    return this.#seen.get(number);
  }

  /** Those that waited when it was last looked at, and lookups that had waited before. */
  waits(pid: number, endedAt: number): readonly PoolWait[] {
    const { t = 0, jobs = [], queued = 0 } = this.#last ?? {};
    const isStale = endedAt - t > staleMs;
    const last = new Set(jobs.map(({ j }) => j));
    return [
      ...jobs.map((job) => waitOf(pid, { job, t, queued }, isStale)),
      ...[...this.#lookups.values()].flatMap((seen) =>
        last.has(seen.job.j) ? [] : [waitOf(pid, seen, true)],
      ),
    ];
  }
}

interface Waiting {
  readonly job: JobSeen;
  readonly t: number;
  readonly queued: number;
}

function waitOf(pid: number, { job, t, queued }: Waiting, done: boolean): PoolWait {
  return { pid, from: t - job.queuedMs, to: t, done, job: jobOf(job, queued) };
}

/** What asyncio resolves a host's name with, on the loop's default executor. */
function isLookup({ name }: JobSeen): boolean {
  return name === 'getaddrinfo';
}

function jobOf(seen: JobSeen, queued: number): QueuedJob {
  const { pool, name, module, leads, stack, workers, busyWith, busyAt, busySends, isDeadlocked } = seen;
  const sends = isLookup(seen) || leads || sendingModules.test(module);
  return {
    pool,
    name,
    isLookup: isLookup(seen),
    sends,
    stack,
    workers,
    busyWith,
    busyAt,
    busySends,
    isDeadlocked,
    queued,
  };
}
