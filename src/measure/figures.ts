import type { Cell } from '../model/cell.ts';

/** `0.42 ms`, `23.7 ms`, `237 ms`, `4.20 s`: three significant digits, the unit a reader would say. */
export function showMs(ms: number): string {
  if (ms >= 999.5) return `${significant(ms / 1000)} s`;
  return `${significant(ms)} ms`;
}

/** A rate 0..1 as a percentage, rounded down: only a full rate reads `100 %`. */
export function showPercent(rate: number): string {
  const percent = Math.floor(rate * 1000 + 1e-9) / 10;
  return `${percent} %`;
}

export function showPerSecond(perS: number): string {
  return perS >= 100 ? `${Math.round(perS)}/s` : `${significant(perS)}/s`;
}

export function showBytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
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
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
