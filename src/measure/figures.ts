import type { Cell } from '../model/cell.ts';
import { threeDigits } from '../time/show-ms.ts';

/** A rate 0..1 as a percentage, rounded down: only a full rate reads `100 %`. */
export function showPercent(rate: number): string {
  const percent = Math.floor(rate * 1000 + 1e-9) / 10;
  return `${percent} %`;
}

/** `15,030` */
export function showCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function showPerSecond(perS: number): string {
  return perS >= 100 ? `${showCount(Math.round(perS))}/s` : `${threeDigits(perS)}/s`;
}

export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilobytes = Math.round(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} KB` : `${Math.round(kilobytes / 1024)} MB`;
}

/** `shared-pool/parked`, the way a threshold names it; what differs from a plain expiry follows. */
export function cellName(cell: Pick<Cell, 'path' | 'strategy' | 'context' | 'fault'>): string {
  const details = [cell.path === 'expiry' ? '' : cell.path, cell.fault ?? ''].filter((part) => part !== '');
  return `${cell.strategy}/${cell.context}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

/** What became of the notifications of a cell that were not delivered in time: `2 hung, 1 lost`. */
export function showMishaps(cell: Cell): string {
  const counts = [
    ['late', cell.late],
    ['failed', cell.failed],
    ['hung', cell.hung],
    ['lost', cell.lost],
    ['duplicated', cell.duplicates],
  ] as const;
  return counts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${showCount(count)} ${word}`)
    .join(', ');
}
