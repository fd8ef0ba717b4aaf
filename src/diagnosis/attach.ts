import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Report } from '../model/report.ts';
import { schemaVersion, toolVersion, undiciVersion } from '../version.ts';
import { type Collected, type CollectOptions, collect } from './collect/collect.ts';
import type { ProgramRecord } from './record.ts';
import { diagnose } from './rules/index.ts';
import { timelineOf } from './timeline.ts';

export interface AttachOptions extends Omit<CollectOptions, 'isRelevant'> {
  /** Only requests whose URL contains this text count; all do where it is null. */
  readonly match: string | null;
}

export interface Attached {
  readonly report: Report;
  readonly program: Pick<Collected, 'exit' | 'killed'>;
}

/** Runs an unmodified program, watches its requests in every thread, and says why one did not arrive. */
export async function attach(options: AttachOptions): Promise<Attached> {
  const startedAt = new Date();
  const { match } = options;
  const isRelevant = (url: string) => match === null || url.includes(match);
  const collected = await collect({ ...options, isRelevant });
  const { record } = collected;
  refuseMissingFile(record);
  const { verdict, ok, findings } = diagnose(record, { hangAfterMs: options.hangAfterMs });
  const report: Report = {
    schemaVersion,
    kind: 'doctor',
    tool: { name: 'timer-notify', version: toolVersion() },
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(record.end.at - collected.startedAt),
    environment: {
      node: process.versions.node,
      undici: undiciVersion(),
      platform: process.platform,
      arch: process.arch,
      cpus: cpus().length,
      threadpoolSize: Number(options.env.UV_THREADPOOL_SIZE) || 4,
    },
    cells: [],
    thresholds: [],
    verdict,
    findings,
    threads: timelineOf(record, collected.startedAt),
    ok,
    ...(record.end.kind === 'interrupted' ? { partial: true } : {}),
  };
  return { report, program: { exit: collected.exit, killed: collected.killed } };
}

/** A program whose file is not there was never started, which is no fault of its notifications. */
function refuseMissingFile({ command, errors, started, end }: ProgramRecord): void {
  if (started > 0 || end.kind !== 'exited' || end.exitCode !== 1) return;
  const missing = errors
    .map(({ message }) => /^Cannot find module '([^']+)'/.exec(message)?.[1])
    .find((path) => path !== undefined && command.some((word) => resolve(word) === path));
  if (missing === undefined) return;
  throw new UsageError(
    `cannot start "${command.join(' ')}"`,
    `there is no file ${missing}`,
    'check the path after --, for example: timer-notify doctor -- node app.js',
  );
}
