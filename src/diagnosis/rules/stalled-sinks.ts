import type { StalledSink } from '../inspect/stalled-sinks.ts';
import type { ProgramRecord, ThreadEnd, ThreadRecord } from '../record.ts';
import { endText } from './endings.ts';
import { isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: a Writable that sends did not call back for a chunk, so what was written behind it stayed in it. */
export const stalledSinks: Rule = (record: ProgramRecord) =>
  record.threads.flatMap((thread) => {
    const { end, awaits, isLauncher } = thread;
    if (isLauncher || end === null || awaits === null || awaits.when !== 'end') return [];
    if (end.reason !== 'exit-call' && end.reason !== 'natural') return [];
    // It may call back once that request is over.
    if (record.requests.some((request) => request.thread === thread && isOpen(request))) return [];
    return awaits.stalled.map((sink) => suspicion(thread, end, sink));
  });

function suspicion(thread: ThreadRecord, end: ThreadEnd, sink: StalledSink): Suspicion {
  const { name, waiting, file, line, column, isBetween } = sink;
  const place = `${file}:${line}:${column}`;
  const calls = isBetween === true ? 'transform() or _transform()' : 'write(), _write() or log()';
  const chunks = waiting === 1 ? '1 chunk' : `${waiting} chunks`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: `${name} did not call back for a chunk: ${waiting === 1 ? 'the one behind it was' : `the ${waiting} behind it were`} never taken`,
    thread,
    request: null,
    evidence: [
      `${name} of ${threadText(thread)} takes what is written to it by the function at ${place}${isBetween === true ? ', which should pass it on to the code that sends' : ', which has led to requests'}; a stream gives it the next chunk once it has called its callback`,
      `${chunks} still waited in its buffer when ${endText(thread, end, thread.isMain)}${at(end.stack)}, and no request was under way`,
    ],
    stack: [place, ...end.stack],
    fix: `Call the callback that ${calls} is given, for each chunk and on every path: when it has been ${isBetween === true ? 'handled, including one that is skipped' : 'sent, or at once where nothing is to wait for that'}`,
  };
}
