const shutdown = /stop|shut|bye|exit|offline|going down|disconnect|cleanup|clean-up/i;

/** Whether code, by its words, is what a program does when it comes to its end. */
export function isShutdownCode(code: string): boolean {
  return shutdown.test(code);
}

const stop = /stop|shut|quit|exit|terminat|sig(?:nal|int|term)/i;

/** Whether a promise is named as one that is settled when the program is to stop. */
export function isNamedAsStop(name: string): boolean {
  return stop.test(name);
}
