import { showCount } from '../../measure/figures.ts';
import type { Report } from '../../model/report.ts';

/** What a report says first, in every format. */
export interface Headline {
  /** `doubtful` where nothing is wrong with what was seen, and not everything was. */
  readonly tone: 'good' | 'doubtful' | 'bad';
  /** The badge: a verdict, or whether the run came out as expected. */
  readonly words: string;
  /** What was found, in one or two sentences; empty where there is nothing to add. */
  readonly sentence: string;
}

/** The badge of a run that is measured against an expectation. */
export function expectation({ ok, partial }: Report): Pick<Headline, 'tone' | 'words'> {
  if (partial === true) return { tone: 'doubtful', words: 'interrupted' };
  return ok ? { tone: 'good', words: 'as expected' } : { tone: 'bad', words: 'not as expected' };
}

/** `1 cell`, `2 cells` */
export function counted(count: number, noun: string): string {
  return `${showCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  const [last = '', ...others] = words.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
}
