import type { Report } from '../../model/report.ts';
import { renderBench } from './bench.ts';
import { renderDoctor } from './doctor.ts';
import { renderRepro } from './repro.ts';
import { renderSend } from './send.ts';
import type { Terminal } from './terminal.ts';

/** A stored report as its own command would have printed it. */
export function renderForTerminal(report: Report, terminal: Pick<Terminal, 'out' | 'columns'>): string {
  switch (report.kind) {
    case 'bench':
      return renderBench(report, terminal.out, terminal.columns);
    case 'doctor':
      return renderDoctor(report, terminal);
    case 'repro':
      return renderRepro(report, terminal);
    case 'send':
      return renderSend(report, terminal);
  }
}
