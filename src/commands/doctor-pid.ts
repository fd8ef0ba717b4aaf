import { createInterface } from 'node:readline/promises';
import { type ProcessName, processesNamed } from '../diagnosis/inspect/choose-process.ts';
import { type Look, lookInto } from '../diagnosis/inspect/look.ts';
import { InspectorRefused } from '../diagnosis/inspect/remote.ts';
import { lookReport } from '../diagnosis/inspect/report.ts';
import { UsageError } from '../errors.ts';
import { renderDoctor } from '../report/terminal/doctor.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import { showMs } from '../time/show-ms.ts';
import type { CommandContext, CommonOptions } from './command.ts';
import { publishReport } from './publish-report.ts';

export interface PidOptions extends CommonOptions {
  readonly pid?: readonly number[];
  readonly name?: string;
  readonly interval: number;
  readonly maxHeap: number;
}

/** `doctor --pid`, `doctor --name`: looks into processes that run, and leaves them as they were. */
export async function lookIntoProcesses(options: PidOptions, context: CommandContext): Promise<number> {
  const { terminal, interrupted } = context;
  const startedAt = new Date();
  const pids = [
    ...(options.pid ?? []),
    ...(options.name === undefined ? [] : await chosen(options.name, terminal)),
  ];
  const looks: Look[] = [];
  const progress = await terminal.progress(options.quiet === true || options.json === true);
  try {
    // One after the other: each opens its inspector on the same port.
    for (const pid of new Set(pids)) {
      if (interrupted.aborted) break;
      const begins = (times: 1 | 2 | null) =>
        progress.step(`looking into process ${pid}${timesText(times, options.interval)}`);
      looks.push(await look(pid, options, interrupted, begins));
    }
  } finally {
    progress.stop();
  }
  const report = lookReport(looks, startedAt, interrupted.aborted);
  return publishReport(report, {
    terminal,
    options,
    render: (safe) => renderDoctor(safe, terminal),
  });
}

function timesText(times: 1 | 2 | null, intervalMs: number): string {
  if (times === null) return '';
  return times === 1 ? ', once and from outside' : `, twice, ${showMs(intervalMs)} apart`;
}

async function look(
  pid: number,
  { interval, maxHeap }: PidOptions,
  interrupted: AbortSignal,
  onBegin: (looks: 1 | 2 | null) => void,
): Promise<Look> {
  try {
    return await lookInto({ pid, intervalMs: interval, maxHeapBytes: maxHeap, interrupted, onBegin });
  } catch (error) {
    if (!(error instanceof InspectorRefused)) throw error;
    throw new UsageError(
      `cannot look into process ${pid}`,
      error.message,
      'check the id, for example with: pgrep -a node',
    );
  }
}

async function chosen(name: string, terminal: Terminal): Promise<readonly number[]> {
  const found = processesNamed(name);
  const [only, ...others] = found;
  if (only === undefined) {
    throw new UsageError(
      `no process matches "${name}"`,
      'no Node or Python process of yours has it in its command line',
      'see what runs with: pgrep -af "node|python"',
    );
  }
  if (others.length === 0) return [only.pid];
  if (!process.stdin.isTTY || !terminal.stderrIsTty) {
    throw new UsageError(
      `${found.length} processes match "${name}"`,
      `they are ${listed(found)}`,
      'name one with --pid',
    );
  }
  return [await asked(found, terminal)];
}

/** By id, the first few with the beginning of what they run. */
function listed(found: readonly ProcessName[]): string {
  const names = found
    .toSorted((a, b) => a.pid - b.pid)
    .map(({ pid, command }) => `${pid} (${command.length > 60 ? `${command.slice(0, 59)}…` : command})`);
  const more = names.length - mostListed;
  return `${names.slice(0, mostListed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const mostListed = 10;

async function asked(found: readonly ProcessName[], terminal: Terminal): Promise<number> {
  for (const [index, { pid, command }] of found.entries()) terminal.note(`${index + 1}  ${pid}  ${command}`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const picked = found[Number(await prompt.question('Which one? ')) - 1];
    if (picked !== undefined) return picked.pid;
  } finally {
    prompt.close();
  }
  throw new UsageError(
    'no process was picked',
    'the answer is not one of the listed numbers',
    'name one with --pid',
  );
}
