import { renderMarkdown } from '../markdown.ts';
import type { Report } from '../report.ts';
import { renderBench } from './bench.ts';
import { renderDoctor } from './doctor.ts';
import type { Terminal } from './terminal.ts';

/** A stored report as its own command would have printed it. */
export function renderForTerminal(report: Report, { out, columns }: Terminal): string {
  if (report.kind === 'doctor') return renderDoctor(report, { out, columns });
  return report.kind === 'bench' ? renderBench(report, out) : renderMarkdown(report);
}
