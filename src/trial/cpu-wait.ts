import { cpuWaits } from '../diagnosis/collect/process-samples.ts';

const lookEveryMs = 250;

/**
 * How long the threads of a trial's process were ready to run without a CPU, from some moment on. What they then did not
 * do in time says nothing of the program. Nothing is known of it where there is no `/proc`.
 */
export class CpuWait {
  readonly #pid: number;
  readonly #waits = new Map<string, { readonly from: number; readonly to: number }>();
  #looking: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  begin(): void {
    for (const [thread, queuedMs] of cpuWaits(this.#pid))
      this.#waits.set(thread, { from: queuedMs, to: queuedMs });
    this.#looking = setInterval(() => this.#look(), lookEveryMs);
    this.#looking.unref();
  }

  /** Of the thread that waited longest, in ms. */
  end(): number {
    if (this.#looking === undefined) return 0;
    clearInterval(this.#looking);
    this.#look();
    return Math.max(0, ...[...this.#waits.values()].map(({ from, to }) => to - from));
  }

  #look(): void {
    for (const [thread, to] of cpuWaits(this.#pid))
      this.#waits.set(thread, { from: this.#waits.get(thread)?.from ?? 0, to });
  }
}
