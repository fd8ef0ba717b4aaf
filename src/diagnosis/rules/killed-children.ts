import type { ChildKiller } from '../node/protocol.ts';
import type { FruitlessCallback, KilledChild, ProgramRecord, TimerToSend } from '../record.ts';
import { wasAtWork } from './fruitless-callbacks.ts';
import { isLongPoll } from './long-poll.ts';
import { isOpen } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { timersLeft, unfiredText } from './timers.ts';
import { at, threadText } from './wording.ts';

/** `process-exited`: a child process that was to send something was killed before it had. */
export const killedChildren: Rule = (record) =>
  record.killedChildren.flatMap((killed) => {
    const left = leftIn(killed, record);
    return wasToSend(killed, left, record) ? [suspicion(killed, left)] : [];
  });

/** What it had still to do, and that is to send. */
interface Left {
  readonly timers: readonly TimerToSend[];
  readonly pending: readonly FruitlessCallback[];
}

function leftIn({ child }: KilledChild, { fruitlessCallbacks }: ProgramRecord): Left {
  const endedAt = child.end?.at ?? Number.POSITIVE_INFINITY;
  return {
    timers: timersLeft(child, endedAt),
    pending: fruitlessCallbacks.filter((callback) => callback.thread === child && wasAtWork(callback)),
  };
}

/** One that reached a limit or crashed was not at its end; one that the program ended by itself may have been. */
function wasToSend(
  { child, killer, signal, sends }: KilledChild,
  { timers, pending }: Left,
  record: ProgramRecord,
): boolean {
  if (timers.length + pending.length > 0) return true;
  if (killer === null) return crashes.has(signal) && child.requests > 0;
  if (killer.by === 'program') return false;
  const polls = record.requests.some(
    (request) => request.thread === child && isOpen(request) && isLongPoll(request, record),
  );
  // A server sends when it is asked.
  const isUnsent = child.requests === 0 && sends && child.listensOn.length === 0;
  return (child.requests > 0 && !polls) || isUnsent;
}

/** Signals by which a process ends that went wrong by itself. */
const crashes: ReadonlySet<string> = new Set(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

function limitOf({ killer, signal }: KilledChild): Limit | null {
  if (killer === null) return crashes.has(signal) ? crashed : null;
  return killer.by === 'program' ? null : limits[killer.by];
}

function suspicion(killed: KilledChild, left: Left): Suspicion {
  const { child, signal, killer, stack, parent } = killed;
  const limit = limitOf(killed);
  const [where] = left.pending.flatMap(({ why }) => (why.kind === 'pending' ? why.frames : []));
  return {
    code: 'process-exited',
    severity: 'error',
    title:
      limit === null
        ? `A child process was ended by ${signal} before it had sent what it was to send`
        : `A child process was ended (${signal}) because ${limit.reached}`,
    thread: child,
    request: null,
    evidence: [
      `${threadText(parent)} started process ${child.pid}${at(stack)}; ${signal} ended it${at(killer?.stack ?? [])}`,
      ...(limit === null ? [] : [limit.evidence]),
      ...(child.requests > 0
        ? [`it had made ${child.requests === 1 ? 'a request' : `${child.requests} requests`} before`]
        : limit === null
          ? []
          : ['it had made no request, although its code makes requests']),
      ...left.timers.slice(0, 3).map((due) => `its ${unfiredText(due)}`),
      ...(where === undefined ? [] : [`it still waited at ${where}`]),
    ],
    stack: [...stack, ...(killer?.stack ?? []), ...left.timers.flatMap((due) => due.stack)],
    fix:
      limit?.fix ??
      'Let the child end by itself, or wait until it reports that everything has been sent, before it is killed',
  };
}

interface Limit {
  readonly reached: string;
  readonly evidence: string;
  readonly fix: string;
}

const crashed: Limit = {
  reached: 'it crashed',
  evidence:
    'nobody sent it the signal; Node ends by SIGABRT at the limit of its heap, and native code by the others',
  fix: 'Read what it printed to stderr ("heap out of memory", a native stack); give it more memory (--max-old-space-size) or less to hold at once, and let the parent look at the signal that `exit` is given',
};

const limits: Readonly<Record<Exclude<ChildKiller, 'program'>, Limit>> = {
  maxBuffer: {
    reached: 'it printed more than maxBuffer',
    evidence:
      'exec and execFile end a child that prints more than maxBuffer (default: 1 MiB); only the callback’s error says so (ERR_CHILD_PROCESS_STDIO_MAXBUFFER)',
    fix: 'Use spawn and read what it prints, or raise maxBuffer; look at the error that the callback is given',
  },
  timeout: {
    reached: 'its timeout passed',
    evidence:
      'the timeout option ends a child in the middle of what it does; only the callback’s error says so (killed: true)',
    fix: 'Give the child the time that it takes to send, or a deadline of its own after which it still sends; look at the error that the callback is given',
  },
};
