import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FindingCode } from '../../model/cause.ts';
import type { Cell } from '../../model/cell.ts';
import type { PythonContextName, PythonStrategyName } from '../../model/names.ts';
import { shippedFile } from '../../package-files.ts';

/** What each context does, in a line. */
const contexts: Readonly<Record<PythonContextName, string>> = {
  main: 'the sender runs on main’s event loop, which keeps running',
  worker: 'a background thread with an event loop of its own, which keeps running',
  parked: 'that loop runs only inside run_until_complete, which has returned: the failure as it was reported',
  blocked: 'the next job on that loop is a time.sleep',
  exiting: 'asyncio.run returns: it cancels what is left on the loop, and the thread ends',
  starved: 'every thread of the default executor is busy, and the host has to be looked up',
  'main-blocked': 'the thread’s loop runs, while main’s loop is in a time.sleep',
  'main-waiting': 'the thread’s loop runs, while main’s loop waits for the handler in future.result()',
  'two-loops': 'the thread’s loop runs; the program’s only session belongs to main’s loop',
  'main-exiting': 'the sender is a daemon thread, and the program ends right after the call',
};

/** How each strategy sends, in a line. */
const strategies: Readonly<Record<PythonStrategyName, string>> = {
  detached: 'aiohttp on the calling loop, not awaited: the bug',
  'executor-detached': 'option 1 as proposed: requests in an executor, not awaited',
  'fetch-in-worker': 'option 1 as corrected: requests in an executor, awaited',
  'shared-session': 'option 2 as proposed: one session for every thread',
  'shared-pool': 'option 2 as corrected: a thread whose loop does nothing else owns the session',
  'bridged-blocking': 'option 3 as proposed: run_coroutine_threadsafe(…, main_loop).result()',
  bridged: 'option 3 as corrected: the same, awaited with a deadline',
};

/** Why a cell failed, for each cause that one can have. */
const reasons: Partial<Readonly<Record<FindingCode, string>>> = {
  'loop-parked':
    'the loop that carries the request has stopped: its run_until_complete returned, so nothing is sent and no timeout fires',
  'loop-blocked': 'blocking code keeps the loop from running, so nothing is sent and no timeout fires',
  'bridge-deadlock': 'a deadlock: main’s loop waits for work that only main’s loop can do',
  'bridge-target-blocked':
    'the request was handed to main’s loop, and that is blocked: it leaves when main goes on',
  'never-requested':
    'the wrong loop: a session belongs to the loop that made it, and refuses to work on another one before anything is sent',
  'threadpool-starved':
    'a starved executor: the request, or the lookup of its host, waits for a thread that never becomes free',
  'thread-exited': 'asyncio.run cancelled the request when its coroutine returned',
  'process-exited': 'the interpreter ended while the request was under way; daemon threads end with it',
};

export interface PythonRepro {
  readonly server: string;
  /** Name and line of each context and strategy in the table. */
  readonly legend: readonly (readonly [name: string, line: string])[];
  /** A line for each cause in the table, with the cells that have it. */
  readonly why: readonly string[];
  readonly fix: string;
}

/** What a reader who comes to the table without the README needs to know of it. */
export function explainPythonRepro(cells: readonly Cell[]): PythonRepro {
  const expiries = cells.filter(({ path, skipped }) => path === 'expiry' && skipped === null);
  return {
    server:
      'The server is a local emulator of Slack’s API in a process of its own. What it has recorded decides whether a message was delivered, or came late: after the patience (--patience).',
    legend: [
      ...linesOf(contexts, new Set(expiries.map(({ context }) => context))),
      ...linesOf(strategies, new Set(expiries.map(({ strategy }) => strategy))),
    ],
    why: reasonsFor(expiries),
    fix: `The fix in Python: ${fixFile()}. Your own program: timer-notify doctor -- python3 app.py`,
  };
}

/** Where it lies on this machine: the package is seldom the working directory. */
function fixFile(): string {
  const file = fileURLToPath(shippedFile('fixtures/python/timer_notify_repro/strategies/shared_pool.py'));
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}

function linesOf(
  lines: Readonly<Record<string, string>>,
  shown: ReadonlySet<string>,
): readonly (readonly [string, string])[] {
  return Object.entries(lines).filter(([name]) => shown.has(name));
}

function reasonsFor(expiries: readonly Cell[]): readonly string[] {
  const byCause = new Map<string, string[]>();
  for (const { cause, context, strategy, delivered, sent } of expiries) {
    if (cause === null || delivered === sent) continue;
    byCause.set(cause, [...(byCause.get(cause) ?? []), `${strategy} in ${context}`]);
  }
  return Object.entries(reasons).flatMap(([cause, reason]) => {
    const where = byCause.get(cause);
    return where === undefined || reason === undefined ? [] : [`${cause}: ${reason} (${shortened(where)})`];
  });
}

/** The first few; the table shows all of them. */
function shortened(where: readonly string[]): string {
  const [first = '', second, third, ...more] = where;
  const shown = [first, second, third].filter((one) => one !== undefined);
  return more.length === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more.length} more`;
}
