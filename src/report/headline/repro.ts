import type { Cell } from '../../model/cell.ts';
import type { Report } from '../../model/report.ts';
import { counted, expectation, type Headline, listed } from './wording.ts';

export function reproHeadline(report: Report): Headline {
  const expiries = ranExpiries(report.cells);
  const lost = expiries.filter((cell) => !isDelivered(cell));
  const failing = [...new Set(lost.map(({ strategy }) => strategy))];
  const sentences = [
    ...(report.cells.every(({ skipped }) => skipped !== null) ? ['Nothing ran.'] : []),
    ...(expiries.length === 0 ? [] : [deliveredEverywhere(expiries).text]),
    ...(lost.length === 0
      ? []
      : [`${lost.length} of ${counted(expiries.length, 'expiry cell')} lost some: ${listed(failing)}.`]),
  ];
  return { ...expectation(report), sentence: sentences.join(' ') };
}

export interface Claim {
  readonly good: boolean;
  readonly text: string;
}

/** Which strategies delivered every expiry; it speaks of the contexts that ran, and of no others. */
export function deliveredEverywhere(expiries: readonly Cell[]): Claim {
  const contexts = [...new Set(expiries.map(({ context }) => context))];
  const strategies = [...new Set(expiries.map(({ strategy }) => strategy))];
  const sure = strategies.filter((strategy) => {
    const own = expiries.filter((cell) => cell.strategy === strategy);
    return new Set(own.map(({ context }) => context)).size === contexts.length && own.every(isDelivered);
  });
  const where =
    contexts.length <= 3 ? `in ${listed(contexts)}` : `in each of the ${contexts.length} contexts that ran`;
  return sure.length === 0
    ? { good: false, text: `No strategy delivered every expiry ${where}.` }
    : { good: true, text: `Delivered 100 % of the expiries ${where}: ${sure.join(', ')}.` };
}

export function ranExpiries(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ path, skipped }) => path === 'expiry' && skipped === null);
}

export function isDelivered(cell: Cell): boolean {
  return cell.delivered === cell.sent && cell.duplicates === 0;
}
