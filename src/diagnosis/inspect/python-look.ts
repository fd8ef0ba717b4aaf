import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Finding, ReportedAwait, RequestSummary, ThreadTimeline } from '../../model/finding.ts';
import { shippedFile } from '../../package-files.ts';
import { showMs } from '../../time/show-ms.ts';

import { diagnose } from '../rules/index.ts';
import { isNamedAsStop } from '../source/shutdown-code.ts';
import { readExecutable, readLink, readStatus, readVariable } from './proc.ts';
import { type PythonLookResult, pythonLookResult } from './python-look-result.ts';
import { isStill, recordOf } from './python-record.ts';
import { InspectorRefused } from './remote.ts';

/** What a look into a Python process showed, in the report's own words. */
export interface PythonLook {
  readonly version: string;
  readonly spanMs: number;
  readonly pauseMs: number;
  readonly findings: readonly Finding[];
  readonly threads: readonly Required<Pick<ThreadTimeline, 'id' | 'name' | 'isMain' | 'state' | 'stack'>>[];
  readonly awaits: readonly ReportedAwait[];
  readonly pending: readonly RequestSummary[];
  readonly blindSpots: readonly string[];
  /** Whether its main thread itself was asked: only then is all of it known. */
  readonly isWhole: boolean;
}

const script = fileURLToPath(shippedFile('src/diagnosis/python/probe/timer_notify_look/attach.py'));
/** Beyond the time between the looks: each may wait two seconds for the process. */
const patienceMs = 8000;

export interface PythonLookOptions {
  readonly pid: number;
  readonly intervalMs: number;
  readonly interrupted: AbortSignal;
}

/**
 * Looks into a Python process with its own interpreter: from Python 3.14 on that can have another process of its kind run
 * a script, and read its stacks.
 * @throws InspectorRefused where that can't be done.
 */
export async function lookIntoPython({
  pid,
  intervalMs,
  interrupted,
}: PythonLookOptions): Promise<PythonLook> {
  refuseUnfit(pid);
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-look-'));
  try {
    const result = await asked(pid, intervalMs, folder, interrupted);
    return lookOf(pid, result);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuseUnfit(pid: number): void {
  const status = readStatus(pid);
  if (status === null) throw new InspectorRefused('gone', `there is no process ${pid}`);
  if (status.uid !== process.getuid?.())
    throw new InspectorRefused('other-user', `process ${pid} belongs to the user with the id ${status.uid}`);
  if (status.state === 'T') throw new InspectorRefused('stopped', `process ${pid} is stopped by a signal`);
  if (status.tracerPid !== 0)
    throw new InspectorRefused('traced', `process ${pid} is traced by process ${status.tracerPid}`);
  if (
    ['mnt', 'pid'].some((kind) => readLink(`/proc/${pid}/ns/${kind}`) !== readLink(`/proc/self/ns/${kind}`))
  )
    throw new InspectorRefused(
      'other-files',
      `process ${pid} sees other files and processes than this one (a container)`,
    );
}

async function asked(
  pid: number,
  intervalMs: number,
  folder: string,
  interrupted: AbortSignal,
): Promise<PythonLookResult> {
  const executable = readExecutable(pid);
  const variables = ['PYTHONHOME', 'LD_LIBRARY_PATH'].flatMap((name) => {
    const value = readVariable(pid, name);
    return value === null ? [] : [[name, value]];
  });
  const child = spawn(
    `/proc/${pid}/exe`,
    ['-s', '-S', '-P', '-B', script, String(pid), String(intervalMs / 1000), folder],
    {
      // By the name that it is called by, an interpreter finds its library.
      argv0: executable,
      env: { PATH: process.env.PATH, ...Object.fromEntries(variables) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: intervalMs + patienceMs,
      signal: interrupted,
    },
  );
  const failed = new Promise<string>((settle) => {
    child.once('error', (error) => settle(error.message));
  });
  const [out, error] = await Promise.race([
    Promise.all([text(child.stdout), text(child.stderr)]),
    failed.then((message) => ['', message] as const),
  ]);
  const read = pythonLookResult.safeParse(parsed(out));
  if (!read.success) {
    if (readStatus(pid) === null) throw new InspectorRefused('gone', `process ${pid} has ended`);
    // Before Python 3.11 there is no -P.
    const isOld = /Unknown option: -P|unknown option -P/i.test(error);
    throw isOld
      ? tooOld(pid, '3.10 or older')
      : new InspectorRefused('no-answer', `the look into process ${pid} failed (${lastLine(error)})`);
  }
  const result = read.data;
  if (!('spanMs' in result)) throw tooOld(pid, result.python);
  if (result.inside === null && result.outside === null) throw refusedBy(pid, result);
  return result;
}

function tooOld(pid: number, version: string): InspectorRefused {
  return new InspectorRefused(
    'python',
    `process ${pid} runs Python ${version}, into which the doctor can’t look (into 3.14 and later it can)`,
  );
}

function refusedBy(pid: number, { refused, outsideError }: PythonLookResult): InspectorRefused {
  if (readStatus(pid) === null) return new InspectorRefused('gone', `process ${pid} has ended`);
  const said = refused === null || refused === 'no-answer' ? (outsideError ?? '') : refused;
  return isForbidden(said)
    ? new InspectorRefused('not-traceable', `the memory of process ${pid} may not be read (${said})`)
    : new InspectorRefused('no-answer', `the look into process ${pid} failed (${said})`);
}

function isForbidden(text: string): boolean {
  return /permission|not permitted/i.test(text);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

function lookOf(pid: number, result: PythonLookResult): PythonLook {
  const { python, spanMs, pauseMs, inside } = result;
  const record = recordOf(pid, result);
  // It may have made any number of requests before.
  const seen = { ...record, started: Math.max(1, record.started), succeeded: Math.max(1, record.succeeded) };
  const found = diagnose(seen, { hangAfterMs: spanMs * 0.9 }).findings.filter(
    // A look begins in the middle: what it did not see may have been before.
    ({ code }) => code !== 'inconclusive',
  );
  const unclear = (inside?.[1].requests ?? [])
    .filter(({ state }) => state === 'unclear')
    .map(
      ({ method, origin, path, stack: [at] }) =>
        `${method} ${path} to ${origin}${at === undefined ? '' : `, made at ${at},`} is under way; what it waits for was not seen (its own body, perhaps)`,
    );
  return {
    version: python,
    spanMs,
    pauseMs,
    findings: found.length > 0 ? found : [...unwokenLoops(result), ...blockedThreads(result)],
    threads: threadsOf(result),
    awaits: awaitsOf(result),
    pending: record.requests.map(({ method, origin, path, state }) => ({
      method,
      origin,
      path,
      state,
      ageMs: Math.round(spanMs),
    })),
    blindSpots: inside === null ? [whyFromOutside(pid, result)] : unclear,
    isWhole: inside !== null && unclear.length === 0,
  };
}

function whyFromOutside(pid: number, { refused }: PythonLookResult): string {
  const said =
    'its stacks and tasks were read from its memory; addresses of requests, queues and loops that do not run were not seen';
  if (refused === 'no-answer')
    return `the main thread did not get to run anything within 2 s (it waits in a call, or native code runs): ${said}; py-spy dump --pid ${pid} --locals shows its variables`;
  if (refused !== null && /not enabled|disabled/i.test(refused))
    return `process ${pid} was started with PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug: ${said}`;
  return `the main thread was not asked (${refused ?? 'it moved on'}): ${said}`;
}

type NamedThread = ReportedAwait['thread'];

function named({ id, name, isMain }: NamedThread): NamedThread {
  return { id, name, isMain };
}

type SeenThread =
  | NonNullable<PythonLookResult['outside']>[1]['threads'][number]
  | NonNullable<PythonLookResult['inside']>[1]['threads'][number];

function bothLooks({
  inside,
  outside,
}: PythonLookResult): readonly [readonly SeenThread[], readonly SeenThread[]] {
  const both = inside ?? outside;
  return both === null ? [[], []] : [both[0].threads, both[1].threads];
}

function threadsOf(result: PythonLookResult): PythonLook['threads'] {
  const [before, after] = bothLooks(result);
  return after.map((thread) => {
    const { id, name, isMain, stack, wait, idle } = thread;
    const stands = !idle && !sleepsInSelector(stack) && isStill(thread, before);
    const state = !stands ? 'running' : wait === null ? 'blocked' : 'parked';
    return { id, name, isMain, state, stack };
  });
}

function sleepsInSelector(stack: readonly string[]): boolean {
  return stack.some((frame) => /selectors\.py:\d+ \(select\)/.test(frame));
}

function awaitsOf({ inside, outside }: PythonLookResult): readonly ReportedAwait[] {
  const unnamed = { id: 0, name: 'asyncio', isMain: false };
  const tasks =
    inside !== null
      ? inside[1].tasks.map(({ name, stack, chain, statement, waitsFor, thread, upToProgram }) => ({
          name,
          stack,
          chain,
          waitsFor: `${statement ?? waitsFor}`,
          thread,
          upToProgram: upToProgram && !isNamedAsStop(statement ?? ''),
        }))
      : (outside?.[1].tasks ?? []).map(({ name, stack, chain, statement, thread: tid }) => ({
          name,
          stack,
          chain,
          waitsFor: statement ?? 'not seen',
          // Its frames are known, and not what they wait for.
          upToProgram: false,
          thread: outside?.[1].threads.find(({ id }) => id === tid) ?? null,
        }));
  return tasks.flatMap(({ name, stack: [at], chain, waitsFor, thread, upToProgram }) =>
    at === undefined
      ? []
      : [
          {
            thread: thread === null ? unnamed : named(thread),
            at: at.replace(/ \(.*\)$/, ''),
            function: name,
            waitsFor,
            chain,
            count: 1,
            ...(upToProgram ? { upToProgram: true as const } : {}),
          },
        ],
  );
}

/** The look itself wakes the loop of the main thread: what the first one saw is all that can be seen. */
function unwokenLoops({ inside }: PythonLookResult): readonly Finding[] {
  const loops = inside?.[0].loops.filter(({ unwoken }) => unwoken) ?? [];
  return loops.map(({ thread, ready, stack }) => ({
    code: 'bridge-target-blocked',
    severity: 'error',
    title: 'An event loop sleeps although another thread gave it work, without waking it',
    thread: thread === null ? null : named(thread),
    request: null,
    evidence: [
      `the loop of ${thread === null || thread.isMain ? 'the main thread' : `thread ${thread.name}`} slept, with ${ready} ${ready === 1 ? 'callback' : 'callbacks'} ready to run and nothing written to the pipe that wakes it; this look has woken it`,
    ],
    stack,
    fix: 'Hand coroutines over with asyncio.run_coroutine_threadsafe, and callbacks with loop.call_soon_threadsafe, which wake the loop',
  }));
}

/** A loop that did not come round, where nothing else was found to say what that keeps. */
function blockedThreads({ inside, outside, spanMs }: PythonLookResult): readonly Finding[] {
  const blocked =
    inside !== null
      ? inside[1].loops.filter(({ l, s, polling, mark }) =>
          inside[0].loops.some(
            (one) =>
              one.l === l &&
              s === 'running' &&
              !polling &&
              !one.polling &&
              mark !== null &&
              mark === one.mark,
          ),
        )
      : (outside?.[1].threads ?? [])
          .filter(
            (thread) => thread.runsLoop && !thread.polling && isStill(thread, outside?.[0].threads ?? []),
          )
          .map((thread) => ({ thread, stack: thread.stack, statement: thread.statement }));
  return blocked.map(({ thread, stack, statement }) => ({
    code: 'loop-blocked',
    severity: 'error',
    title: `The event loop of ${thread === null || thread.isMain ? 'the main thread' : `thread ${thread.name}`} is blocked`,
    thread: thread === null ? null : named(thread),
    request: null,
    evidence: [
      `it was${statement === null ? '' : ` in "${statement}"`}${stack[0] === undefined ? '' : ` at ${stack[0]}`} for the whole ${showMs(spanMs)} while its timers, tasks and sockets waited`,
    ],
    stack,
    fix: 'Give the loop back at once: await the asynchronous form of the call, or move it to a thread (asyncio.to_thread)',
  }));
}
