import type { ScalingOptions } from '../strategy.ts';
import type { IoThreads } from './io-threads.ts';

/** How often, in ms, main looks at how busy the I/O threads are. */
const lookEveryMs = 250;

/** For how long, in ms, all of them must be saturated before one more is started. */
const saturatedMs = 1000;

/** Above this share of busy time an I/O thread is late with responses. */
const saturatedAt = 0.9;

/** Those that stay must not be busier than this when one is retired: it would soon be started again. */
const roomyAt = 0.6;

/** For how long, in ms, one fewer must have sufficed where nothing else is said. */
export const defaultQuietMs = 30_000;

type Judgement = 'saturated' | 'roomy' | 'right';

/** @param utilizations of the running I/O threads, each 0 to 1 */
export function judgeLoad(utilizations: readonly number[]): Judgement {
  if (utilizations.length === 0) return 'right';
  if (utilizations.every((utilization) => utilization >= saturatedAt)) return 'saturated';
  if (utilizations.length === 1) return 'right';
  const busy = utilizations.reduce((sum, utilization) => sum + utilization, 0);
  return busy <= roomyAt * (utilizations.length - 1) ? 'roomy' : 'right';
}

/** Starts one more I/O thread when all are saturated, and retires one when the rest suffice. */
export class IoThreadScaling {
  readonly #threads: IoThreads;
  readonly #options: ScalingOptions;
  readonly #timer: NodeJS.Timeout;
  #judgement: Judgement = 'right';
  #sinceMs = performance.now();

  constructor(threads: IoThreads, options: ScalingOptions) {
    this.#threads = threads;
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const utilizations = this.#threads.utilizations();
    const judgement = judgeLoad(utilizations);
    const now = performance.now();
    if (judgement !== this.#judgement) this.#sinceMs = now;
    this.#judgement = judgement;
    const forMs = now - this.#sinceMs;
    const running = utilizations.length;
    if (judgement === 'saturated' && forMs >= saturatedMs && running < this.#options.most)
      this.#change('add');
    if (judgement === 'roomy' && forMs >= this.#options.quietMs && running > 1) this.#change('retire');
  }

  #change(to: 'add' | 'retire'): void {
    this.#threads[to]();
    this.#sinceMs = performance.now();
  }
}
