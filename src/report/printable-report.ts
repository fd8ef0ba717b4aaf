import type { Report } from '../model/report.ts';
import { printable } from '../printable.ts';

/** The report with each of its texts, many of which are a program's or a server's own, fit for a line of output. */
export function printableReport(report: Report): Report {
  const text = JSON.stringify(report, (_key, value: unknown) =>
    typeof value === 'string' ? printable(value) : value,
  );
  const safe: Report = JSON.parse(text);
  return safe;
}
