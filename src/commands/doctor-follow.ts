import { constants } from 'node:os';
import { attach } from '../diagnosis/attach.ts';
import { findingKey } from '../diagnosis/live-findings.ts';
import { UsageError } from '../errors.ts';
import type { Finding } from '../model/finding.ts';
import { withCodeFrame, withCodeFrames } from '../report/code-frame.ts';
import { announceOnGithub } from '../report/github.ts';
import { renderDoctor, renderFinding } from '../report/terminal/doctor.ts';
import { writeOutputs } from '../report/write.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { announceFiles } from './publish-report.ts';

export interface FollowOptions extends CommonOptions {
  readonly match?: string;
  readonly hangAfter: number;
  readonly failOnFinding?: boolean;
}

/** `doctor --follow`: prints each finding as soon as it is proven while the program runs, and exits with the program's code. */
export async function followProgram(
  command: readonly string[],
  runtime: 'node' | 'python',
  options: FollowOptions,
  { terminal, interrupted }: CommandContext,
): Promise<number> {
  refusePython(runtime);
  const json = options.json === true;
  const shown = new Set<string>();
  let hasError = false;
  const say = (found: Finding) => {
    const finding = withCodeFrame(found);
    hasError ||= finding.severity === 'error';
    shown.add(findingKey(finding));
    if (json) terminal.print(JSON.stringify({ kind: 'finding', at: new Date().toISOString(), ...finding }));
    else terminal.note(renderFinding(finding, { out: terminal.err, columns: terminal.columns }));
  };
  const { report: raw, program } = await attach({
    runtime,
    command,
    env: terminal.env,
    stdoutFd: json ? 2 : 1,
    timeoutMs: Number.POSITIVE_INFINITY,
    hangAfterMs: options.hangAfter,
    match: options.match ?? null,
    until: 'timeout',
    onFinding: say,
    interrupted,
  });
  const report = withCodeFrames(raw);
  const failed = await writeOutputs(report, options.output ?? []);
  await announceOnGithub(report, terminal.env, terminal.note);
  if (json) terminal.print(JSON.stringify(report));
  else {
    const isNew = (finding: Finding) => !shown.has(findingKey(finding));
    terminal.note(renderDoctor(report, { out: terminal.err, columns: terminal.columns }, isNew));
  }
  announceFiles(options, failed, terminal);
  if (failed.size > 0) return 2;
  // What was printed counts, whatever has become of it since.
  if (options.failOnFinding === true && (hasError || !report.ok)) return 1;
  return exitCodeOf(program.exit);
}

function refusePython(runtime: 'node' | 'python'): void {
  if (runtime === 'python') {
    throw new UsageError(
      '--follow can’t watch a Python program',
      'its probe reports at the end',
      'leave --follow out, and give a --timeout',
    );
  }
}

/** As a shell does: 128 plus the signal's number for a program that a signal ended. */
function exitCodeOf(
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null,
): number {
  if (exit === null) return 0;
  return exit.code ?? 128 + (exit.signal === null ? 0 : constants.signals[exit.signal]);
}
