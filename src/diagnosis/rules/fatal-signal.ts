import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import type { FatalSignal } from '../record.ts';
import { at, threadText } from './wording.ts';

const handlersOf = { node: 'no exit handler', python: 'neither `finally` nor atexit handlers' } as const;

/** `SIGTERM`, and who sent it where that is known. */
export function signalText({ name, by, stack }: FatalSignal): string {
  return by === null ? name : `${name}, which ${threadText(by)} of process ${by.pid} sent${at(stack)},`;
}

/** What a signal did to a Python process. */
export function endedText(signal: FatalSignal): string {
  const { name, after } = signal;
  const why = name === 'SIGKILL' ? 'nothing can handle it' : 'it had no handler';
  const when = after === null ? '' : ` ${showMs(after.ms)} after ${after.name}, which had not ended it`;
  return `${signalText(signal)} ended the process${when}: ${why}, and ${handlersOf.python} ran`;
}

/** What did not run because nothing handled a signal. */
export function unhandledText(signal: FatalSignal, runtime: Runtime): string {
  return `${signalText(signal)} came and had no handler: ${handlersOf[runtime]} ran, and what was under way or waited was dropped`;
}

export function signalFix(runtime: Runtime, { name, after }: Pick<FatalSignal, 'name' | 'after'>): string {
  if (after !== null)
    return `Whoever sent ${after.name} waits ${showMs(after.ms)} for the process to end: let it wait longer, make the work shorter, or keep what is to be sent where it outlives the process`;
  if (runtime === 'node')
    return 'Handle it: process.once("SIGTERM", …) that sends what is left, awaits it, and then calls process.exit(); SIGKILL can’t be handled: keep what is to be sent where it outlives the process (createNotifier with durable)';
  return name === 'SIGKILL'
    ? 'Nothing can handle SIGKILL: send SIGTERM first (terminate()) and give the process time, handle that there (signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))), or keep what is to be sent where it outlives the process'
    : 'Handle it: signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)), or loop.add_signal_handler, and send what is left before the program ends';
}
