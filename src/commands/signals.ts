const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; null when none did. */
  exitCode(): number | null;
}

/** The first signal asks the command to stop and report; a second one ends the process at once. */
export function listenForSignals(): Interruption {
  const controller = new AbortController();
  let code: number | null = null;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (code !== null) process.exit(exitCodes[name]);
      code = exitCodes[name];
      controller.abort(name);
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
