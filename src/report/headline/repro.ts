import { type Cell, isStarved } from '../../model/cell.ts';
import type { Report } from '../../model/report.ts';
import { counted, expectation, type Headline, listed } from './wording.ts';

export function reproHeadline(report: Report): Headline {
  const expiries = ranExpiries(report.cells);
  const lost = expiries.filter((cell) => !isDelivered(cell));
  const failing = [...new Set(lost.map(({ strategy }) => strategy))];
  const unjudged = isUnjudged(report.cells);
  const sentences = [
    ...(nothingRan(report.cells) ? ['Nothing ran.'] : []),
    ...(expiries.length === 0 ? [] : [deliveredEverywhere(expiries).text]),
    ...(lost.length === 0
      ? []
      : [
          `${lost.length} of ${counted(expiries.length, 'expiry cell')} did not deliver all: ${listed(failing)}.`,
        ]),
    ...(unjudged ? [notJudged] : []),
  ];
  const starved = report.cells.filter(isStarved).length;
  if (starved > 0) sentences.push(`${counted(starved, 'cell')} not judged: the machine was too busy.`);
  const isSound = report.cells.every(({ expected }) => expected !== false);
  if (starved > 0 && isSound && report.partial !== true)
    return { tone: 'doubtful', words: 'not all judged', sentence: sentences.join(' ') };
  const said: Pick<Headline, 'tone' | 'words'> =
    unjudged && report.ok && report.partial !== true
      ? { tone: 'doubtful', words: 'not judged' }
      : expectation(report);
  return { ...said, sentence: sentences.join(' ') };
}

/** Said where no scenario speaks of anything that ran. */
export const notJudged = 'Nothing was judged: no scenario says what this fault should lead to.';

export function isUnjudged(cells: readonly Cell[]): boolean {
  const ran = cells.filter(({ skipped }) => skipped === null);
  return ran.length > 0 && ran.every(({ expected, fault }) => expected === null && fault !== null);
}

export interface Claim {
  readonly good: boolean;
  readonly text: string;
}

/** Which strategies delivered every expiry; it speaks of the contexts that ran, and of no others. */
export function deliveredEverywhere(expiries: readonly Cell[]): Claim {
  const contexts = [...new Set(expiries.map(({ context }) => context))];
  const strategies = [...new Set(expiries.map(({ strategy }) => strategy))];
  const ownOf = (strategy: string) => expiries.filter((cell) => cell.strategy === strategy);
  const flawless = strategies.filter((strategy) => ownOf(strategy).every(isDelivered));
  const sure = flawless.filter((strategy) => contextsOf(ownOf(strategy)).size === contexts.length);
  const isWhole = strategies.every((strategy) => contextsOf(ownOf(strategy)).size === contexts.length);
  if (sure.length === 0 && !isWhole) {
    const shares = flawless.map(
      (strategy) => `${strategy} (${contextsOf(ownOf(strategy)).size} of ${contexts.length})`,
    );
    return shares.length === 0
      ? { good: false, text: 'No strategy delivered every expiry in the contexts in which it ran.' }
      : {
          good: true,
          text: `Delivered 100 % of the expiries in the contexts in which they ran: ${shares.join(', ')}.`,
        };
  }
  const where =
    contexts.length <= 3 ? `in ${listed(contexts)}` : `in each of the ${contexts.length} contexts that ran`;
  return sure.length === 0
    ? { good: false, text: `No strategy delivered every expiry ${where}.` }
    : { good: true, text: `Delivered 100 % of the expiries ${where}: ${sure.join(', ')}.` };
}

function contextsOf(cells: readonly Cell[]): ReadonlySet<string> {
  return new Set(cells.map(({ context }) => context));
}

export function nothingRan(cells: readonly Cell[]): boolean {
  return cells.every(({ skipped }) => skipped !== null);
}

export function ranExpiries(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ path, skipped }) => path === 'expiry' && skipped === null);
}

export function isDelivered(cell: Cell): boolean {
  return cell.delivered === cell.sent && cell.duplicates === 0;
}
