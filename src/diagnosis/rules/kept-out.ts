import { basename } from 'node:path';
import { lineOf, positionOf } from '../../model/frame.ts';
import { showMs } from '../../time/show-ms.ts';
import type { PendingAwaitSeen } from '../node/protocol.ts';
import type { LeftUndone, ProgramRecord } from '../record.ts';
import { frameText, isHeldByNobodyAtWork, isOwn } from './await-unsettled.ts';
import { isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/**
 * `await-unsettled`: a run of what sends never came to its end, and each later one was left out because of it;
 * `never-requested` where nothing of it waits any more, so that it may as well have returned with its flag set.
 */
export const keptOut: Rule = (record, { hangAfterMs }) =>
  record.leftUndone
    .filter((undone) => undone.kind === 'kept-out' && isStuck(undone, record, hangAfterMs))
    .map((undone) => suspicion(undone, record));

/** Nothing that is under way leads on in it, and no error ended it, which another rule reports. */
function isStuck(undone: LeftUndone, record: ProgramRecord, hangAfterMs: number): boolean {
  const { thread, at } = undone;
  const { awaits, end } = thread;
  if (thread.isLauncher || awaits === null || end?.reason === 'exit-call') return false;
  if ((end?.at ?? record.end.at) - at < hangAfterMs && end?.reason !== 'natural') return false;
  if (record.requests.some((request) => request.thread === thread && isOpen(request))) return false;
  const hasFailed =
    record.errors.some((error) => error.thread === thread) ||
    record.fruitlessCallbacks.some(
      ({ thread: its, why }) => its === thread && (why.kind === 'rejected' || why.kind === 'threw'),
    );
  if (hasFailed) return false;
  return pendingIn(undone).every((pending) => isHeldByNobodyAtWork(pending, thread, record));
}

/** What functions of the run wait for, as far as the thread's memory has them. */
function pendingIn({ thread, stack }: LeftUndone): readonly PendingAwaitSeen[] {
  const [, , from = '', to = ''] = stack;
  const { file, line: first } = positionOf(from);
  const { line: last } = positionOf(to);
  return (thread.awaits?.pending ?? []).filter(({ chain }) =>
    chain.some((place) => place.file === file && place.line >= first && place.line <= last),
  );
}

const options: ReadonlySet<string> = new Set(['protect', 'waitForCompletion', 'noOverlap']);

function suspicion(undone: LeftUndone, record: ProgramRecord): Suspicion {
  const { thread, name, stack, at } = undone;
  const [reached = '', leaves = ''] = stack;
  const pending = pendingIn(undone);
  const waiting = pending.flatMap(({ chain }) => chain.find(isOwn) ?? []).map(frameText);
  const lastMs = (thread.end?.at ?? record.end.at) - at;
  const [place = reached] = waiting;
  const isOption = options.has(name);
  const isOver = waiting.length === 0 && !isOption;
  return {
    code: isOver ? 'never-requested' : 'await-unsettled',
    severity: 'error',
    title: isOver
      ? `A run left \`${name}\` set, and that blocks every later run`
      : `A run never ended, and \`${name}\` blocks every later run`,
    thread,
    request: null,
    evidence: [
      isOption
        ? `the job at ${reached} is given with \`${name}\`, which skips a run while the previous one is still running`
        : `the run came to ${reached}; \`${name}\` was set, and never cleared since`,
      ...(waiting.length > 0 ? [`it still waited at ${waiting.join(', and at ')}`] : []),
      `${threadText(thread)} skipped every later run${isOption ? '' : ` at ${leaves}`} for ${showMs(lastMs)}, to the end of what was seen`,
      waiting.length > 0
        ? 'nothing that was under way could settle what it waited for'
        : `nothing of the run waits in the memory of the thread any more: ${isOver ? `it returned or threw without clearing \`${name}\`, or ` : ''}nobody can settle what it waited for`,
    ],
    stack: [...new Set([place, reached, ...(isOption ? [] : [leaves])])],
    fix: isOver
      ? `Clear \`${name}\` in finally, so that it is cleared on each way out of the run: an early return, an error, a wait that is given up (${basename(lineOf(place))})`
      : `Give each wait of the run a deadline of its own, so that it comes to an end, and clear \`${name}\` in finally (${basename(lineOf(place))})`,
  };
}
