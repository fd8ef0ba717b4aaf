import { showMs, showPercent, showPerSecond } from './figures.ts';
import type { ThresholdResult } from './report.ts';

/** The measured figure of a threshold in its metric's unit; `no sample` where nothing answered it. */
export function actualOf({ expr, actual }: Pick<ThresholdResult, 'expr' | 'actual'>): string {
  if (actual === null) return 'no sample';
  if (/\bcompletion\b/.test(expr)) return showPercent(actual);
  if (/\bthroughput\b/.test(expr)) return showPerSecond(actual);
  return /\b(min|mean|p\d+|max)\b/.test(expr) ? showMs(actual) : String(actual);
}
