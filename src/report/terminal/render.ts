import { renderMarkdown } from '../markdown.ts';
import type { Report } from '../report.ts';
import { renderBench } from './bench.ts';
import type { Terminal } from './terminal.ts';

/** A stored report as its own command would have printed it. */
export function renderForTerminal(report: Report, { out }: Terminal): string {
  return report.kind === 'bench' ? renderBench(report, out) : renderMarkdown(report);
}
