import { capital } from '../../capital.ts';
import { threadName } from '../../model/finding.ts';
import { showMs } from '../../time/show-ms.ts';
import { spinsAt } from '../node/spinning.ts';
import { requestText } from '../request-text.ts';
import { seemsToSend } from '../source/seems-to-send.ts';
import { leadsToRequest } from './await-findings.ts';
import { ownFirst, placeText } from './frames.ts';
import { isProgramScript, type PendingTimer } from './heap-facts.ts';
import type { Look, LookedRequest, LookedThread } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';
import { stateText } from './wording.ts';

export function loops(look: Look): readonly LookSuspicion[] {
  return look.threads.filter(stands).flatMap((thread) => {
    const deadlock = deadlockOf(thread, look);
    if (deadlock !== null) return [deadlock];
    const own = thread.requests.filter(({ moved }) => !moved);
    if (own.length > 0) return own.map((request) => notRunning(thread, request, look));
    const sender = waitingFor(thread, look);
    if (sender !== null || thread.channels.length > 0 || (unreadOf(thread) > 0 && !isIdlePoolThread(thread)))
      return [targetBlocked(thread, sender, look)];
    return keptWaiting(thread) !== null || (thread.isMain && mayBeWaitedFor(thread, look))
      ? [notRunning(thread, null, look)]
      : [];
  });
}

/** A program that computes, and has no timer, request or server that would wait for its loop, owes nobody anything. */
function mayBeWaitedFor(thread: LookedThread, { kernel }: Look): boolean {
  if (thread.state === 'parked' || thread.heap === null || kernel === null) return true;
  return (
    thread.requests.length > 0 ||
    (thread.facts?.channels ?? []).length > 0 ||
    thread.heap.timers.some(({ script }) => isProgramScript(script)) ||
    kernel.listens ||
    // The other end's closing counts as one byte.
    kernel.sockets.some(({ state, unread }) => unread > (state === 'half-closed' ? 1 : 0))
  );
}

function stands({ state }: LookedThread): boolean {
  return state === 'parked' || state === 'blocked';
}

/** Messages that its listeners have not been given. */
function unreadOf({ heap }: LookedThread): number {
  return (heap?.unread ?? []).reduce(
    (sum, { messages, hasListener }) => sum + (hasListener ? messages : 0),
    0,
  );
}

/** A timer of the program's own that is due and can't fire. */
function overdueTimer({ heap }: LookedThread): PendingTimer | null {
  return heap?.timers.find(({ script, dueInMs }) => isProgramScript(script) && dueInMs < -overdueMs) ?? null;
}

const overdueMs = 500;

/** What leads to a request, or is overdue, and waits for the thread's loop; null where nothing is seen to. */
function keptWaiting(thread: LookedThread): string | null {
  const ready = readySender(thread);
  if (ready !== null) return `${ready} can go on and is not run`;
  const ahead = sendingAhead(thread);
  if (ahead !== null) return `${ahead} sends only after it`;
  const overdue = overdueTimer(thread);
  return overdue === null
    ? null
    : `its timer ${overdue.script.replace(/^file:\/\//, '')}:${overdue.line} is overdue`;
}

/** An async function or a callback that can go on, and whose code then leads to a request. */
function readySender({ awaits, ready }: LookedThread): string | null {
  const suspended = awaits.find((pending) => pending.isReady && leadsToRequest(pending))?.chain[0];
  if (suspended !== undefined) return placeText(suspended);
  return ready.find(({ code }) => seemsToSend(code))?.place ?? null;
}

/** A function on the thread's stack that sends once it is given back control; one that spins waits for others first. */
function sendingAhead({ ahead, stack }: LookedThread): string | null {
  if (spinsAt(stack[0])) return null;
  return ahead.find(({ code }) => seemsToSend(code))?.frame ?? null;
}

/** Waits for memory that another thread is to write, by Atomics.wait or by asking it again and again. */
function waitsForMemory(thread: LookedThread): boolean {
  return thread.state === 'parked' || (thread.state === 'blocked' && spinsAt(thread.stack[0]));
}

/** Main waits for another thread, which waits for main's loop; or a thread for one that has not read its message. */
function deadlockOf(thread: LookedThread, look: Look): LookSuspicion | null {
  if (!waitsForMemory(thread)) return null;
  const other =
    look.threads.find((each) =>
      thread.isMain
        ? !each.isMain && (waitsForMemory(each) || awaitsThread(each))
        : each !== thread && unreadOf(thread) > 0 && waitsForMemory(each) && !isIdlePoolThread(each),
    ) ?? unreadSender(thread, look);
  if (other === undefined) return null;
  const how = waitsForMemory(other)
    ? 'is parked too'
    : awaitsThread(other)
      ? 'awaits a message from another thread'
      : `has posted a message: ${unreadOf(thread)} wait in the ports of ${threadName(thread)}`;
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: `${capital(threadName(thread))} waits for ${threadName(other)}, which waits for its event loop`,
    thread,
    request: null,
    evidence: [
      `${standText(thread)} for the whole ${showMs(look.spanMs)}`,
      `${threadName(other)} ${how}${placeOf(other)}`,
    ],
    stack: thread.stack,
    fix: null,
  };
}

/** Main is parked, and a message waits for its loop: the other thread has said something, and is not heard. */
function unreadSender(main: LookedThread, { threads }: Look): LookedThread | undefined {
  const isDeaf = main.isMain && main.state === 'parked' && unreadOf(main) > 0;
  return isDeaf ? threads.find(({ isMain }) => !isMain) : undefined;
}

/** Workers of a pool park between their jobs, and wait for nothing then. */
function isIdlePoolThread({ stack }: LookedThread): boolean {
  return stack.length > 0 && stack.every((frame) => frame.includes('/node_modules/'));
}

function awaitsThread({ awaits }: LookedThread): boolean {
  return awaits.some(({ holders }) => holders.some(({ kind }) => kind === 'thread'));
}

function placeOf({ stack: [frame], awaits }: LookedThread): string {
  if (frame !== undefined) return ` at ${frame}`;
  const at = awaits.find(({ holders }) => holders.some(({ kind }) => kind === 'thread'))?.chain[0];
  return at === undefined ? '' : ` at ${at.file}:${at.line}:${at.column}`;
}

/** Another thread whose code awaits a message while this one's loop does not run. */
function waitingFor(thread: LookedThread, { threads }: Look): LookedThread | null {
  return (
    threads.find((other) => other !== thread && other.state === 'running' && awaitsThread(other)) ?? null
  );
}

function targetBlocked(thread: LookedThread, sender: LookedThread | null, look: Look): LookSuspicion {
  const unread = unreadOf(thread);
  const waiting = sender === null ? 'A message' : capital(threadName(sender));
  return {
    code: 'bridge-target-blocked',
    severity: 'error',
    title: `${waiting} waits for ${threadName(thread)}, whose event loop does not run`,
    thread,
    request: null,
    evidence: [
      ...(unread === 0
        ? []
        : [
            `${unread} ${unread === 1 ? 'message waits' : 'messages wait'} in the ports of ${threadName(thread)}`,
          ]),
      ...thread.channels.map(
        ({ unread: bytes, pid }) =>
          `${bytes} bytes from ${pid === null ? 'the parent process' : `child process ${pid}`} wait unread in its channel`,
      ),
      ...(sender === null
        ? []
        : [`${threadName(sender)} awaits a message from another thread${placeOf(sender)}`]),
      `${standText(thread)} for the whole ${showMs(look.spanMs)}`,
    ],
    stack: thread.stack,
    fix: null,
  };
}

function notRunning(thread: LookedThread, request: LookedRequest | null, look: Look): LookSuspicion {
  const parked = thread.state === 'parked';
  const waits =
    request === null
      ? (keptWaiting(thread) ?? 'its timers, messages and sockets wait')
      : `${requestText(request)} ${stateText(request.state)} and did not move`;
  return {
    code: parked ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: `The event loop of ${threadName(thread)} is ${parked ? 'parked' : 'blocked'}${request === null ? '' : ' while its request waits'}`,
    thread,
    request,
    evidence: [`${standText(thread)} for the whole ${showMs(look.spanMs)} while ${waits}`],
    stack: ownFirst([...thread.stack, ...(request?.stack ?? [])]),
    fix: null,
  };
}

function standText(thread: LookedThread): string {
  const [frame] = thread.stack;
  const where = frame === undefined ? '' : ` at ${frame}`;
  if (thread.state === 'parked') return `${threadName(thread)} was parked in Atomics.wait${where}`;
  return frame === undefined
    ? `${threadName(thread)} ran promise callbacks one after the other`
    : `${threadName(thread)} ran synchronous code${where}`;
}
