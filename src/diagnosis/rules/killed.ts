import { showMs } from '../../time/show-ms.ts';
import type { DueTimer, EscapedError, FatalSignal, ProgramRecord, ThreadRecord } from '../record.ts';
import { signalFix, unhandledText } from './fatal-signal.ts';
import { finalStandstill, isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, placesEvidence, threadText } from './wording.ts';

/** `process-exited`: the program was ended on the spot; no exit handler ran, nothing was flushed. */
export const killed: Rule = (record) => {
  const { signal, exitCode } = record.end;
  // Whoever presses Ctrl-C knows why the program ended.
  if (signal !== null)
    return signal === 'SIGINT' || isReportedAsLoss(record) ? [] : [bySignal(record, signal)];
  const error = exitCode === brokenHandlerCode ? errorThatEnded(record) : undefined;
  return error === undefined ? [] : [byBrokenHandler(record, error)];
};

/** What the signal kept from being sent says it too. */
function isReportedAsLoss(record: ProgramRecord): boolean {
  const main = mainOf(record);
  return record.losses.some(({ how, thread }) => how === 'ended-by-signal' && thread?.pid === main?.pid);
}

/** With who sent it, where that is known. */
function signalOf(record: ProgramRecord, name: string): FatalSignal {
  return mainOf(record)?.end?.signal ?? { name, by: null, stack: [], after: null };
}

/** Node's exit code where an `uncaughtException` listener threw itself. */
const brokenHandlerCode = 7;

function bySignal(record: ProgramRecord, signal: string): Suspicion {
  const timers = timersLeft(record);
  const [timer] = timers;
  const unheard = listenersInWorkers(record, signal);
  const memory = signal === 'SIGABRT' ? memoryText(record) : null;
  return {
    ...ending(record),
    title:
      memory === null
        ? `${signal} ended the program on the spot`
        : 'The program ran out of memory and was ended on the spot',
    evidence: [
      ...(memory === null ? [unhandledText(signalOf(record, signal), record.runtime)] : memory),
      ...unheard.map(
        ({ thread, stack }) =>
          `${threadText(thread)} listens for ${signal}${at(stack)}: a signal reaches listeners of the main thread only, so that one could not be called`,
      ),
      ...openText(record),
      ...timers.slice(0, 3).map(timerText),
      ...placesEvidence(record),
    ],
    stack: [...unheard.flatMap(({ stack }) => stack), ...(timer?.due.stack ?? placeOfMain(record))],
    fix:
      memory !== null
        ? memoryFix
        : unheard.length > 0
          ? tellWorkerFix
          : signalFix(record.runtime, signalOf(record, signal)),
  };
}

/** Of the process that the signal ended. */
function listenersInWorkers(record: ProgramRecord, signal: string) {
  const main = mainOf(record);
  return record.threads
    .filter(({ pid, isMain }) => !isMain && pid === main?.pid)
    .flatMap((thread) => thread.unheardSignals.map((listener) => ({ thread, ...listener })))
    .filter((listener) => listener.signal === signal);
}

const tellWorkerFix =
  'Listen in the main thread and tell the worker by a message (process.once("SIGTERM", () => worker.postMessage("stop"))); let the worker send what is left, and call process.exit() once it has said so';

/** A program may choose that code itself: an error that ended it lets no exit handler run, the probe's neither. */
function errorThatEnded(record: ProgramRecord): EscapedError | undefined {
  if (record.runtime !== 'node' || mainOf(record)?.end?.reason !== 'killed') return undefined;
  return record.errors.findLast(({ thread }) => thread === mainOf(record));
}

function byBrokenHandler(record: ProgramRecord, error: EscapedError): Suspicion {
  return {
    ...ending(record),
    title: `The program ended with exit code ${brokenHandlerCode}: its own uncaughtException listener threw`,
    evidence: [
      `the listener was given ${error.name}: ${error.message.split('\n')[0] ?? ''}${at(error.frames)}, and failed with an error of its own`,
      'no exit handler ran after that, and what was under way or waited was dropped',
      ...openText(record),
      ...timersLeft(record).slice(0, 3).map(timerText),
    ],
    stack: error.frames,
    fix: 'Fix the listener: it must not throw; let it log, wait for what is to be sent, then call process.exit(1)',
  };
}

function ending(record: ProgramRecord): Pick<Suspicion, 'code' | 'severity' | 'thread' | 'request'> {
  const thread = record.runtime === 'node' ? (mainOf(record) ?? null) : null;
  return { code: 'process-exited', severity: 'error', thread, request: null };
}

function mainOf({ threads }: ProgramRecord): ThreadRecord | undefined {
  return threads.find(({ isMain, isLauncher, inChildProcess }) => isMain && !isLauncher && !inChildProcess);
}

/** Node ends a process whose heap is full by SIGABRT; without its memory, nothing says that it was that. */
function memoryText({ memory }: ProgramRecord): readonly string[] | null {
  if (memory === null) return null;
  if (!memory.isFull && memory.usedBytes < memory.limitBytes * fullShare) return null;
  const ended = memory.isFull
    ? 'V8 found its heap full, and Node aborted (SIGABRT)'
    : 'Node aborted (SIGABRT)';
  return [
    `${ended} with ${megabytes(memory.usedBytes)} in use and a heap limit of ${megabytes(memory.limitBytes)}: "JavaScript heap out of memory", which no code of the program’s can catch`,
  ];
}

/** Of what the process holds, as it was last seen before its end. */
const fullShare = 0.8;

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

function openText({ requests }: ProgramRecord): readonly string[] {
  const open = requests.filter(isOpen).length;
  return open > 0 ? [`${open} ${open === 1 ? 'request was' : 'requests were'} under way`] : [];
}

interface TimerLeft {
  readonly thread: ThreadRecord;
  readonly due: DueTimer;
}

/** Timers that are to send and had not fired. */
function timersLeft({ threads, end }: ProgramRecord): readonly TimerLeft[] {
  return threads
    .filter(({ isLauncher }) => !isLauncher)
    .flatMap((thread) =>
      thread.timersToSend
        // One that fell due while its loop stood still could not fire either.
        .filter((due) => due.at > (standsSince(thread) ?? end.at))
        .map((due) => ({ thread, due })),
    );
}

/** Since when its loop had not run, by itself or because its process got no CPU; null where it ran to the end. */
function standsSince(thread: ThreadRecord): number | null {
  const suspended = thread.suspensions.find(({ standstill }) => standstill.to === null);
  return (finalStandstill(thread) ?? suspended?.standstill)?.from ?? null;
}

function timerText({ thread, due }: TimerLeft): string {
  return `the timer of ${showMs(due.delayMs)} that ${threadText(thread)} set${at(due.stack)}, and that is to send, had not fired`;
}

function placeOfMain({ places }: ProgramRecord): readonly string[] {
  return places.find(({ thread }) => thread.isMain)?.stack ?? [];
}

const memoryFix =
  'Let it hold less at a time, or give it more (--max-old-space-size); send from a process or thread that does not run the job, and keep what is to be sent where it outlives the process (createNotifier with durable)';
