import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { errorCode } from '../file-error.ts';
import { reportHead } from '../measure/report-head.ts';
import type { Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Runtime } from '../model/runtime.ts';
import { type Collected, type CollectOptions, collect } from './collect/collect.ts';
import type { Observer, ObserverOptions } from './collect/observer.ts';
import { LiveFindings } from './live-findings.ts';
import { BrokenFiles } from './node/broken-files.ts';
import type { ProgramRecord } from './record.ts';
import { diagnose } from './rules/index.ts';
import { seenOf } from './seen.ts';
import { timelineOf } from './timeline.ts';

export interface AttachOptions extends Omit<CollectOptions, 'observe'> {
  readonly runtime: Runtime;
  /** Only requests whose URL contains this text count; all do where it is null. */
  readonly match: string | null;
  /** A request that waits longer than this, in ms, is a finding. */
  readonly hangAfterMs: number;
  /** `verdict`: the run may end before its time, once nothing can change the verdict any more. */
  readonly until: Until;
  /** Is handed each finding when it is proven, while the program runs; null where nobody waits for that. */
  readonly onFinding: ((finding: Finding) => void) | null;
  /** Is told now and then how many requests were seen, while the program runs. */
  readonly onRequests?: (count: number) => void;
}

export const untils = ['verdict', 'timeout'] as const;
export type Until = (typeof untils)[number];

export interface Attached {
  readonly report: Report;
  readonly program: Pick<Collected, 'exit' | 'endedByItself' | 'killed' | 'endedEarly'>;
}

/** Runs an unmodified program, watches its requests in every thread, and says why one did not arrive. */
export async function attach(options: AttachOptions): Promise<Attached> {
  const startedAt = new Date();
  const { runtime, match, hangAfterMs } = options;
  refuseMissing(options.command, missingMainOf[runtime](options.command));
  const openObserver = await observers[runtime]();
  const isRelevant = (url: string) => match === null || url.includes(match);
  const observer = openObserver({ command: options.command, hangAfterMs, isRelevant });
  const files = new BrokenFiles();
  const collected = await collect(observer, { ...options, observe: observerOf(options, files) });
  const record = files.placed(collected.record);
  refuseMissing(record.command, missingFileIn(record));
  const diagnosis = diagnose(record, { hangAfterMs });
  const report: Report = {
    ...reportHead('doctor', startedAt),
    durationMs: Math.round(record.end.at - collected.startedAt),
    watched: [...options.command],
    cells: [],
    thresholds: [],
    ...diagnosis,
    seen: seenOf(record),
    threads: timelineOf(record, collected.startedAt, diagnosis.findings),
    ...(record.end.kind === 'interrupted' ? { partial: true } : {}),
  };
  return {
    report,
    program: {
      exit: collected.exit,
      endedByItself: collected.endedByItself,
      killed: collected.killed,
      endedEarly: collected.endedEarly,
    },
  };
}

function observerOf(
  { hangAfterMs, onFinding, onRequests, until }: AttachOptions,
  files: BrokenFiles,
): CollectOptions['observe'] {
  if (onFinding === null && onRequests === undefined && until === 'timeout') return null;
  const live = new LiveFindings({ hangAfterMs });
  return (record) => {
    const { fresh, settled } = live.observe(files.placed(record));
    for (const finding of fresh) onFinding?.(finding);
    onRequests?.(record.started);
    return settled && until === 'verdict' ? 'end' : 'go on';
  };
}

/** A program whose file is not there was never started, which is no fault of its notifications. */
function missingFileIn({ command, errors, started, end }: ProgramRecord): string | null {
  if (started > 0 || end.kind !== 'exited' || end.exitCode !== 1) return null;
  const missing = errors
    .map(({ message }) => /^Cannot find module '([^']+)'/.exec(message)?.[1])
    .find((path) => path !== undefined && command.some((word) => resolve(word) === path));
  return missing ?? null;
}

/** Node finds its main file as `require` does. What it would not find is refused before it prints a stack of its own. */
function missingNodeMain(command: readonly string[]): string | null {
  const [program = '', file = '-'] = command;
  if (!/^node(\.exe)?$/.test(basename(program)) || file.startsWith('-')) return null;
  const path = resolve(file);
  try {
    createRequire(path).resolve(path);
    return null;
  } catch (error) {
    return errorCode(error) === 'MODULE_NOT_FOUND' ? path : null;
  }
}

/** Python prints one line, and ends as after an error of the program's. */
function missingPythonScript(command: readonly string[]): string | null {
  const [program = '', file = '-'] = command;
  if (!/^python[\d.]*(\.exe)?$/.test(basename(program)) || file.startsWith('-')) return null;
  const path = resolve(file);
  return existsSync(path) ? null : path;
}

/** The main file of a command where it is not there. */
const missingMainOf: Readonly<Record<Runtime, (command: readonly string[]) => string | null>> = {
  node: missingNodeMain,
  python: missingPythonScript,
};

function refuseMissing(command: readonly string[], path: string | null): void {
  if (path === null) return;
  throw new UsageError(
    `cannot start "${command.join(' ')}"`,
    `there is no file ${path}`,
    `check the path after --, for example: timer-notify doctor -- ${basename(command[0] ?? '')} ${basename(path).includes('.py') ? 'app.py' : 'app.js'}`,
  );
}

type Observe = (options: ObserverOptions) => Observer;

/** Only the runtime that is asked for is loaded. */
const observers: Readonly<Record<Runtime, () => Promise<Observe>>> = {
  node: async () => (await import('./node/observer.ts')).observeNode,
  python: async () => (await import('./python/observer.ts')).observePython,
};
