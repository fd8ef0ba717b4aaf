import { monotonicMs } from '../time/clock.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; null when none did. */
  exitCode(): number | null;
}

/** `timeout` and the like signal the process and then its whole group: that is one interruption, not somebody in a hurry. */
const sameMs = 300;

/** The first signal asks the command to stop and report; a second one ends the process at once. */
export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let code: number | null = null;
  let cameAt = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (code === null) {
        code = exitCodes[name];
        cameAt = monotonicMs();
        controller.abort(name);
      } else if (monotonicMs() - cameAt > sameMs) process.exit(exitCodes[name]);
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
