import { sep } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import { currentEnvironment } from '../../report/environment.ts';
import { schemaVersion, toolVersion } from '../../version.ts';
import type { Attached, AttachOptions } from '../attach.ts';
import { collectPython } from './collect.ts';
import { diagnosePython } from './rules/index.ts';
import { pythonTimeline } from './timeline.ts';

/** Paths as the user would name them where the program was started. */
function withShortPaths(finding: Finding, folder: string): Finding {
  const shorten = (text: string) => text.replaceAll(folder, '');
  return { ...finding, evidence: finding.evidence.map(shorten), stack: finding.stack.map(shorten) };
}

/** Runs an unmodified Python program, watches its requests on every loop, and says why one did not arrive. */
export async function attachPython(options: AttachOptions): Promise<Attached> {
  const startedAt = new Date();
  const { match, hangAfterMs } = options;
  const isRelevant = (url: string) => match === null || url.includes(match);
  const collected = await collectPython({ ...options, isRelevant, observe: null });
  const { verdict, ok, findings } = diagnosePython(collected.records, { hangAfterMs });
  return {
    report: {
      schemaVersion,
      kind: 'doctor',
      tool: { name: 'timer-notify', version: toolVersion() },
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(collected.endedAt - collected.startedAt),
      environment: currentEnvironment(),
      cells: [],
      thresholds: [],
      verdict,
      findings: findings.map((finding) => withShortPaths(finding, `${process.cwd()}${sep}`)),
      threads: pythonTimeline(collected.records, collected.startedAt),
      ok,
      ...(collected.end === 'interrupted' ? { partial: true } : {}),
    },
    program: { exit: collected.exit, killed: collected.killed, endedEarly: false },
  };
}
