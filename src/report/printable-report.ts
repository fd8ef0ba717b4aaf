import type { Report } from '../model/report.ts';
import { safeText } from '../slack/safe-text.ts';

/**
 * The report with each of its texts, many of which are a program's or a server's own, fit for a line of output, and
 * without secrets: a renderer that cuts a text must not cut one in two.
 */
export function printableReport(report: Report): Report {
  const text = JSON.stringify(report, (_key, value: unknown) =>
    typeof value === 'string' ? safeText(value) : value,
  );
  const safe: Report = JSON.parse(text);
  return safe;
}
