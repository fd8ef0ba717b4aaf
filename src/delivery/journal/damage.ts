/** @param kept the file as it was found */
export function warnOfDamage(journal: string, kept: string): void {
  process.emitWarning(
    `lines of the journal ${journal} are damaged; all others are kept; see ${kept}`,
    'TimerNotifyWarning',
  );
}

/** @param now where the journal goes on */
export function warnOfLoss(journal: string, now: string): void {
  process.emitWarning(
    `a file of the journal ${journal} was removed or replaced while it was written; it goes on in ${now}; leave its files alone`,
    'TimerNotifyWarning',
  );
}
