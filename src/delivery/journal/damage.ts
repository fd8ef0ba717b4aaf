/** @param kept the file as it was found */
export function warnOfDamage(journal: string, kept: string): void {
  process.emitWarning(
    `lines of the journal ${journal} are damaged; all others are kept; see ${kept}`,
    'TimerNotifyWarning',
  );
}
