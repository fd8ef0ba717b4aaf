import { forceEnd } from '../forced-end.ts';
import { monotonicMs } from '../time/clock.ts';

/** The terminal that is closed sends SIGHUP. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; null when none did. */
  exitCode(): number | null;
}

/** `timeout` and the like signal the process and then its whole group: that is one interruption. */
const sameMs = 300;

/** How long a report may take once everything is killed, in ms. */
const reportMs = 5000;

/**
 * The first signal asks the command to stop and report. A second one kills the program that it runs, so that the report
 * comes at once; without one, and at a third, the process ends.
 */
export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let code: number | null = null;
  let cameAt = 0;
  // Whatever ends this process takes the program with it.
  process.on('exit', forceEnd);
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (code === null) {
        code = exitCodes[name];
        cameAt = monotonicMs();
        controller.abort(name);
      } else if (monotonicMs() - cameAt > sameMs) {
        const end = () => process.exit(exitCodes[name]);
        if (!forceEnd()) end();
        cameAt = monotonicMs();
        setTimeout(end, reportMs).unref();
      }
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
