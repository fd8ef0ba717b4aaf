import type { Report } from '../model/report.ts';
import { announceOnGithub } from '../report/github.ts';
import { printableReport } from '../report/printable-report.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { writeOutputs } from '../report/write.ts';

interface PublishOptions {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly files: readonly string[];
  readonly render: (report: Report) => string;
}

/** Puts the report wherever it was asked for: files, a GitHub job, stdout. Returns the exit code. */
export async function publishReport(
  raw: Report,
  { terminal, json, files, render }: PublishOptions,
): Promise<number> {
  const report = printableReport(raw);
  await writeOutputs(report, files);
  await announceOnGithub(report, terminal.env, terminal.note);
  terminal.print(json ? JSON.stringify(report, null, 2) : render(report));
  return report.ok ? 0 : 1;
}
