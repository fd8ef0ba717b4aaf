import type { EscapedError, LostPost, ProgramRecord } from '../record.ts';
import { unseenAtAll } from './inconclusive.ts';
import type { Rule, Suspicion } from './rule.ts';
import { threadText } from './wording.ts';

/** `never-requested`: what should have led to a request did not. */
export const neverRequested: Rule = (record) => {
  const reasons = [
    ...record.lostPosts.filter(isMissed).map(lostMessage),
    ...record.errors.filter(preventedSomething).map(escapedError),
  ];
  if (reasons.length > 0) return reasons;
  return record.started === 0 && unseenAtAll(record).length === 0 ? [noRequest(record)] : [];
};

/** What a worker tells nobody about is its own matter where it sends by itself. */
function isMissed({ thread, why }: LostPost): boolean {
  return !thread.isLauncher && !(why === 'unread' && !thread.isMain && thread.succeeded > 0);
}

/** One that was caught process-wide outside a timer, while its thread went on sending, hindered no notification. */
function preventedSomething({ thread, at, inTimer, ofRequest }: EscapedError): boolean {
  if (ofRequest || thread.isLauncher) return false;
  const wentOn = thread.end?.reason !== 'error' && thread.succeeded > 0 && (thread.lastRequestAt ?? 0) > at;
  return inTimer || !wentOn;
}

const lostReasons: Readonly<Record<LostPost['why'], string>> = {
  closed: 'which was closed',
  ended: 'whose thread had ended',
  'not-cloneable': 'and it could not be cloned',
  unread: 'which nobody reads',
  'never-run': 'which no thread runs',
  'cut-off': 'and the process that sent it ended before the channel had taken all of it',
};

function lostMessage(post: LostPost): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title: `A message was posted to ${post.to}, ${lostReasons[post.why]}`,
    thread: post.thread,
    request: null,
    evidence: [
      `${threadText(post.thread)} posted to ${post.to}${post.stack[0] === undefined ? '' : ` at ${post.stack[0]}`}, ${lostReasons[post.why]}; a message that can’t be delivered is dropped without an error`,
    ],
    stack: post.stack,
    fix:
      post.why === 'unread'
        ? 'Add a `message` listener at the other end (after addEventListener call port.start()), and check the channel’s name'
        : post.why === 'not-cloneable'
          ? 'Post plain data: clients, functions and sockets can’t cross threads'
          : post.why === 'cut-off'
            ? 'Call process.exit() in the callback of process.send(), or let the child end by itself (process.disconnect())'
            : 'Keep the port open and the thread alive until its messages have been answered',
  };
}

function escapedError(error: EscapedError): Suspicion {
  return {
    code: 'never-requested',
    severity: 'error',
    title: error.inTimer
      ? `A timer’s callback threw ${error.name}`
      : error.origin === 'unhandledRejection'
        ? `A promise was rejected with ${error.name} and nobody handled it`
        : `${error.name} was thrown and nobody caught it`,
    thread: error.thread,
    request: null,
    evidence: [
      `${threadText(error.thread)}: ${error.name}: ${error.message.split('\n')[0] ?? ''}${error.frames[0] === undefined ? '' : ` at ${error.frames[0]}`}`,
    ],
    stack: error.frames,
    fix: 'Mend the error; what was to be sent after it never was',
  };
}

function noRequest(record: ProgramRecord): Suspicion {
  const threads = record.threads.filter((thread) => !thread.isLauncher);
  const processes = new Set(threads.map((thread) => thread.pid)).size;
  const watched =
    threads.length === 0
      ? 'only a package manager ran, whose own requests do not count'
      : `${threads.length} ${threads.length === 1 ? 'thread' : 'threads'} in ${processes} ${processes === 1 ? 'process' : 'processes'} ${threads.length === 1 ? 'was' : 'were'} watched from the first statement on; none made a request through undici, fetch, node:http, node:https or node:http2`;
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'The program made no request',
    thread: null,
    request: null,
    evidence: [
      watched,
      ...(record.end.kind === 'exited' ? [] : ['the program was still running when the observation ended']),
    ],
    stack: [],
    fix: 'Check that the timer is set, that its callback runs and that what it calls reaches the client; a longer --timeout watches for longer',
  };
}
