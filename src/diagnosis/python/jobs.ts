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
  #last: EventOf<'snapshot'> | null = null;

  look(event: EventOf<'snapshot'>): void {
    this.#last = event;
    for (const job of event.jobs) if (this.#seen.size < keptJobs) this.#seen.set(job.j, job);
  }

  find(number: number): JobSeen | undefined {
    return this.#seen.get(number);
  }

  /** Those that waited when it was last looked at. */
  waits(pid: number, endedAt: number): readonly PoolWait[] {
    const { t = 0, jobs = [], queued = 0 } = this.#last ?? {};
    const done = endedAt - t > staleMs;
    return jobs.map((job) => ({ pid, from: t - job.queuedMs, to: t, done, job: jobOf(job, queued) }));
  }
}

function jobOf(
  { name, module, leads, stack, workers, busyWith, busyAt, busySends }: JobSeen,
  queued: number,
): QueuedJob {
  const isLookup = name === 'getaddrinfo';
  const sends = isLookup || leads || sendingModules.test(module);
  return { name, isLookup, sends, stack, workers, busyWith, busyAt, busySends, queued };
}
