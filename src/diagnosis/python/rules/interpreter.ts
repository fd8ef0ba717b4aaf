import { duration, requestText, stateText } from '../wording.ts';
import { isAnswered } from './loops.ts';
import type { PythonRule } from './rule.ts';

/** Something holds the interpreter's lock for so long that not even the probe's thread comes to run. */
export const interpreterHeld: PythonRule = (record, { hangAfterMs }) => {
  const silentMs = record.lastBeat === null ? 0 : record.endedAt - record.lastBeat;
  if (silentMs < hangAfterMs || record.gone) return [];
  return record.requests
    .filter((request) => request.endedAt === null && !isAnswered(request))
    .map((request) => ({
      code: 'loop-blocked' as const,
      severity: 'error' as const,
      title: 'Native code holds the interpreter’s lock while the request waits',
      thread: request.started.thread,
      request,
      evidence: [
        `no thread of the process has come to run for ${duration(silentMs)}: a C extension, or a stop signal, holds the interpreter`,
        `${requestText(request)} ${stateText(request)}`,
      ],
      stack: request.started.stack,
      fix: 'Move the native work to another process, or to a library that releases the interpreter’s lock',
    }));
};
