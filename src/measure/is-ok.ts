import type { Report } from '../model/report.ts';

/** Whether a report is as it should be: merging, new thresholds and a baseline change the answer that it was stored with. */
export function isOk(report: Report): boolean {
  const { thresholds, comparison } = report;
  const held = thresholds.every(({ passed }) => passed);
  const kept = (comparison?.changes ?? []).every(({ verdict }) => verdict !== 'worse');
  return cameOutAsExpected(report) && held && kept;
}

/** Where nothing ran, a shard is missing or the run was interrupted, nobody knows. */
function cameOutAsExpected({ kind, ok, cells, warnings, partial }: Report): boolean {
  if (kind !== 'bench' && kind !== 'repro') return ok;
  const ran = cells.some(({ skipped }) => skipped === null);
  const isWhole = !(warnings ?? []).some(({ code }) => code === 'shards-missing' || code === 'starved');
  return ran && isWhole && partial !== true && cells.every((cell) => cell.expected !== false);
}
