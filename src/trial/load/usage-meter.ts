import { performance } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';
import { logLoadEvent, type ThreadTimes } from './load-event.ts';

const intervalMs = 100;

/** Reports again and again what the process and each of its threads have used: the last word counts, whenever it ends. */
export class UsageMeter {
  readonly #threads = new Map<string, Worker>();
  #nextName = 'worker';

  constructor() {
    process.on('worker', (worker) => this.#meet(worker));
  }

  /** How workers that are started from now on are called. */
  nameWorkers(name: string): void {
    this.#nextName = name;
  }

  start(): void {
    this.#report();
    setInterval(() => this.#report(), intervalMs).unref();
  }

  #meet(worker: Worker): void {
    const name = this.#threads.has(this.#nextName)
      ? `${this.#nextName} ${this.#threads.size}`
      : this.#nextName;
    this.#threads.set(name, worker);
    worker.on('exit', () => this.#threads.delete(name));
  }

  #report(): void {
    const { user, system } = process.cpuUsage();
    logLoadEvent({
      kind: 'usage',
      cpuMs: (user + system) / 1000,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      threads: [
        timesOf('main', performance),
        ...[...this.#threads].map(([name, worker]) => timesOf(name, worker.performance)),
      ],
    });
  }
}

function timesOf(name: string, clock: Worker['performance']): ThreadTimes {
  const { active, idle } = clock.eventLoopUtilization();
  return { name, activeMs: active, idleMs: idle };
}
