const farewell = /stop|shut|bye|exit|offline|going down|disconnect|cleanup|clean-up/i;

/** Whether code, by its words, is what a program does when it comes to its end. */
export function isFarewell(code: string): boolean {
  return farewell.test(code);
}
