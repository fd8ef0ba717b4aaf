/** A file of a journal of which some lines could not be read, as it was found. */
export interface DamagedFile {
  readonly file: string;
  /** How many of them; each may have been a message. */
  readonly lines: number;
}

export function warnOfDamage(journal: string, { file, lines }: DamagedFile): void {
  const skipped = lines === 1 ? '1 line is damaged and was' : `${lines} lines are damaged and were`;
  process.emitWarning(
    `the journal ${journal}: ${skipped} skipped, so a message may be missing; all others are kept; see ${file}`,
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
