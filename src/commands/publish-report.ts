import { UsageError } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { withCodeFrames } from '../report/code-frame.ts';
import { announceOnGithub } from '../report/github.ts';
import { printableReport } from '../report/printable-report.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { checkJsonOutputs, writeOutputs, writeText } from '../report/write.ts';
import { schemaVersion } from '../version.ts';
import type { CommonOptions } from './command.ts';
import { openPage, pageOf, withPage } from './open-report.ts';
import { workingCopy } from './working-copy.ts';

interface PublishOptions {
  readonly terminal: Terminal;
  readonly options: CommonOptions;
  readonly render: (report: Report) => string;
}

/** Puts the report wherever it was asked for: files, a GitHub job, stdout. Returns the exit code. */
export async function publishReport(
  raw: Report,
  { terminal, options, render }: PublishOptions,
): Promise<number> {
  const source = raw.source ?? (await workingCopy());
  const report = printableReport(withCodeFrames({ ...raw, ...(source === undefined ? {} : { source }) }));
  const files = withPage(options);
  // A file that can't be written takes neither the result nor the other files along.
  const failed = await writeOutputs(report, files);
  await announceOnGithub(report, terminal.env, terminal.note);
  terminal.print(options.json === true ? JSON.stringify(report, null, 2) : render(report));
  announceFiles({ ...options, output: files }, failed, terminal);
  if (options.open === true) {
    const problem = await openPage(pageOf(files), terminal.env);
    if (problem !== null) terminal.note(problem);
  }
  if (failed.size > 0) return 2;
  return report.ok ? 0 : 1;
}

/** Says on stderr what was written, and what could not be. */
export function announceFiles(
  { output = [], quiet }: CommonOptions,
  failed: ReadonlyMap<string, UsageError>,
  terminal: Terminal,
): void {
  for (const file of output) {
    const error = failed.get(file);
    if (error !== undefined) terminal.note(`${terminal.err.red('error:')} ${error.message}`);
    else if (quiet !== true) terminal.note(`wrote ${file}`);
  }
}

type Document = { readonly ok: boolean; readonly [key: string]: unknown };

/** A result that is no report: refused here, before anything runs, in any format but JSON. */
export function documentPublisher(kind: string, options: CommonOptions, terminal: Terminal) {
  const files = options.output ?? [];
  if (options.open === true) {
    throw new UsageError(`--open with ${kind}`, 'it makes no page to open', 'leave --open out');
  }
  checkJsonOutputs(files, kind);
  return async (content: Document, text: () => string): Promise<void> => {
    const json = JSON.stringify({ schemaVersion, kind: kind.split(' ')[0], ...content }, null, 2);
    for (const file of files) await writeText(file, `${json}\n`);
    terminal.print(options.json === true ? json : text());
    announceFiles(options, new Map(), terminal);
  };
}
