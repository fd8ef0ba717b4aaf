import type { LeftUndone, ProgramRecord } from '../record.ts';
import type { Rule, Suspicion } from './rule.ts';
import { at, threadText } from './wording.ts';

/** `never-requested`: what is to send was made and never begun, or called for where nothing listened. */
export const leftUndone: Rule = (record, { hangAfterMs }) =>
  record.leftUndone.flatMap((undone) =>
    undone.kind !== 'kept-out' &&
    !undone.thread.isLauncher &&
    (isOver(undone) || isAllThatCame(undone, record, hangAfterMs)) &&
    !isUnderWay(undone, record)
      ? [suspicion(undone, texts[undone.kind])]
      : [],
  );

/** It may be done yet while its thread goes on, and what was sent since may have been sent in its place. */
function isOver({ thread, at, isOneOff }: LeftUndone): boolean {
  const reason = thread.end?.reason;
  const isEnded = reason === 'natural' || reason === 'exit-call';
  return isOneOff || (isEnded && (thread.lastRequestAt ?? Number.NEGATIVE_INFINITY) < at);
}

/** A callback was given an error, and the program, which goes on, has never made a request. */
function isAllThatCame({ kind, at }: LeftUndone, record: ProgramRecord, hangAfterMs: number): boolean {
  return kind === 'failed' && record.started === 0 && record.end.at - at >= hangAfterMs;
}

/** A call whose request was under way at the end has sent something: that it was cut off is a finding of its own. */
function isUnderWay({ kind, thread, stack: [made] }: LeftUndone, { requests }: ProgramRecord): boolean {
  if (kind !== 'begun' || made === undefined) return false;
  return requests.some(
    (request) => request.thread === thread && request.endedAt === null && request.stack.includes(made),
  );
}

interface Text {
  title(name: string): string;
  /** `made` and `written` are places. */
  evidence(undone: LeftUndone, made: string, written: string): readonly string[];
  readonly fix: string;
}

const texts: Readonly<Record<Exclude<LeftUndone['kind'], 'kept-out'>, Text>> = {
  generator: {
    title: (name) => `The generator ${name}() was made and never iterated: none of its code ran`,
    evidence: ({ thread, name }, made, written) => [
      `${threadText(thread)} called ${name}()${made}; that makes a generator, which runs only for those who ask it for values, and nobody did`,
      `what it was to send is written${written}`,
    ],
    fix: 'Iterate it: for await (const … of …), yield*, or a spread of a plain generator; or make it an async function that sends',
  },
  once: {
    title: (name) => `“${name}” was emitted again, after its once() listener had been removed`,
    evidence: ({ thread, name }, made, written) => [
      `${threadText(thread)} emitted “${name}”${made}; nothing listened any more, so the event was dropped without an error`,
      `the listener that had sent for the one before was added by once(), for one event only${written}`,
    ],
    fix: 'Listen for every event: on() in place of once()',
  },
  early: {
    title: (name) => `“${name}” was emitted before anything listened to it`,
    evidence: ({ thread, name }, made, written) => [
      `${threadText(thread)} emitted “${name}”${made}; nothing listened yet, and an emitter keeps no event for later`,
      `the listener that is to send was added afterwards, and was never called${written}`,
    ],
    fix: 'Add the listener before whatever emits is started, or ask for the state once when the listener is added',
  },
  chain: {
    title: (name) => `${name === '' ? 'A middleware function' : `${name}()`} never calls next()`,
    evidence: ({ thread }, made, written) => [
      `${threadText(thread)} called a middleware function${made}: it was given next(), and neither calls it nor answers by itself`,
      `the code that sends comes later in the chain, and is not reached${written}`,
    ],
    fix: 'Call next() in it, and await or return what that gives: await next()',
  },
  removed: {
    title: (name) => `“${name}” came after its listeners had been removed`,
    evidence: ({ thread, name }, removed, came) => [
      `${threadText(thread)} removed every listener of “${name}” by removeAllListeners()${removed}, the one that is to send among them`,
      `“${name}” came again${came}; nothing listened any more, so it was dropped without an error`,
    ],
    fix: 'Remove the one listener that is not wanted: off(name, listener), or an AbortSignal given to addEventListener; removeAllListeners() takes away those of others, too',
  },
  unread: {
    title: (name) => `A WebSocket’s “${name}” came before anything listened to it`,
    evidence: ({ thread, name }, written) => [
      `${threadText(thread)} was given a “${name}” by a WebSocket while nothing listened, and a socket does not buffer events`,
      `the listener that is to send was added afterwards, and was never called${written}`,
    ],
    fix: 'Add the listener in the same turn in which the WebSocket is made, before any await; keep what comes too early in a list of your own',
  },
  unlistened: {
    title: () =>
      'A WebSocket was opened in the place of one that had closed, and nothing listens to its messages',
    evidence: ({ thread, name, stack }, first, second) => {
      const [made, listened] = stack.length > 1 ? [first, second] : ['', first];
      return [
        `${threadText(thread)} opened a new WebSocket${made === '' ? '' : ` (its first listener was added${made})`}; it was given a “${name}”, for which it has no listener, and a socket does not buffer events`,
        `the listener that is to send was added to the one before only${listened}`,
      ];
    },
    fix: 'Add every listener where the WebSocket is made, so that each new one gets them, too',
  },
  held: {
    title: (name) => `${name} of RxJS still held values when its thread ended`,
    evidence: ({ thread, name }, written) => [
      `${threadText(thread)} ended${at(thread.end?.stack ?? [])}, and ${name} still buffered values: neither its time nor its number had been reached`,
      `the code that sends them is written${written}`,
    ],
    fix: 'Complete the subject (subject.complete()) before the end: operators that buffer emit what they hold then; and wait for what that sends before process.exit()',
  },
  replaced: {
    title: (name) => `Setting a timer for one ${name} cancelled the timer of another`,
    evidence: ({ thread, name }, cleared, set) => [
      `${threadText(thread)} cleared a pending timer that is to send${cleared}, and set one with the same callback for another ${name}${set}; the first was not set again`,
    ],
    fix: 'Keep a timer for each of them, in a Map by what it is for, and clear only that one',
  },
  unfinished: {
    title: (name) => `“${name}” of a response never came, since its caller hung up`,
    evidence: ({ thread, name }, written) => [
      `a server of ${threadText(thread)} had not ended its response when the connection closed: then comes “close”, and “${name}” never does`,
      `the listener that is to send waits for “${name}”${written}`,
    ],
    fix: 'Listen for “close”, which comes in either case (stream.finished() does, too), or send before the response and whatever becomes of it',
  },
  closed: {
    title: (name) => `A loop over ${name} got nothing: an earlier loop had left it before its end`,
    evidence: ({ thread, name }, loop, left) => [
      `${threadText(thread)} left a loop over ${name}${left}: break and return close the iterator, and it gives nothing any more`,
      `the loop that is to send what comes next${loop} ended at once, without an error`,
    ],
    fix: 'Ask for the first value by next() in place of a loop that is left, keep what is still needed in a list, or make a new iterator for each loop',
  },
  failed: {
    title: (name) => `A callback that is to send was given an error, and did nothing: ${name}`,
    evidence: ({ thread, name }, written) => [
      `${threadText(thread)} called the callback${written} with ${name}; it returned, and no request followed`,
    ],
    fix: 'Handle the error: try again, send what is known without it, or report it where somebody reads it',
  },
  paused: {
    title: (name) => `The queue “${name}” is paused, and was given a job that nobody runs`,
    evidence: ({ thread, name }, given, paused) => [
      `${threadText(thread)} paused “${name}”${paused}, and never resumed it`,
      `it was given a job${given}, whose code is to send`,
    ],
    fix: 'Call resume() once what the pause is for is done, in a `finally`: a pause of a queue is kept by its server, and holds for each worker, restarted ones too',
  },
  'kept-paused': {
    title: (name) => `A stream was paused and never resumed: its next “${name}” never came`,
    evidence: ({ thread, name }, paused, written) => [
      `${threadText(thread)} paused it${paused}, and it was paused still when nothing held the event loop any more, with something left to read`,
      `the listener of “${name}” that is to send is written${written}`,
    ],
    fix: 'Call resume() once what the pause is for is done, in a `finally` or for the event that does come (“drain” of what is written to); or read it by for await, which needs no pause',
  },
  misnamed: {
    title: (name) => `“${name}” was emitted, and what is to send listens to it under another name`,
    evidence: ({ thread, name }, made, written) => [
      `${threadText(thread)} emitted “${name}”${made}; nothing listens to that, and an emitter does not report that`,
      `the same emitter has a listener${written} for a name that differs only in its case or its signs, which was never emitted`,
    ],
    fix: 'Write the name once, as a constant, and use it in both places',
  },
  elsewhere: {
    title: (name) => `“${name}” was emitted by one object, and what is to send listens to another`,
    evidence: ({ thread, name }, made, written) => [
      `${threadText(thread)} emitted “${name}”${made}; nothing listens to that emitter, and it does not report that`,
      `the listener${written} was added to another emitter, which was never seen to emit “${name}”`,
    ],
    fix: 'Use one emitter in both places: make it in a module of its own that both import, or hand it over; a module that is loaded under two paths, or as both CommonJS and ESM, makes two',
  },
  unkeyed: {
    title: (name) => `A function was looked up by another name than its own: “${name}”`,
    evidence: ({ thread, name }, asked, written) => [
      `${threadText(thread)} looked up “${name}”${asked}; what is not there is undefined, without an error`,
      `the function that is to send is written${written}, and it led to no request`,
    ],
    fix: 'Write the name once, as a constant, and use it in both places; report a name that the table does not have',
  },
  begun: {
    title: (name) => `process.exit() was called before ${name}() had sent anything`,
    evidence: ({ thread, name }, made) => [
      `${threadText(thread)} called ${name}()${made}, and a promise that this made was still pending when process.exit() was called${at(thread.end?.stack ?? [])}: what was to be sent, or to be put into a queue, is gone`,
      'other calls of the same object had led to requests, this one to none',
    ],
    fix: 'Wait for what the client has still to send before process.exit(): await the call, or its flush(), close() or shutdown()',
  },
  queued: {
    title: (name) => `The program ended before what ${name}() had put into a queue was sent`,
    evidence: ({ thread, name }, made) => [
      `${threadText(thread)} called ${name}()${made}; its client set a timer that was to send what it had queued, and that had not fired when ${thread.end?.reason === 'exit-call' ? 'process.exit() was called' : 'nothing held the event loop any more'}${at(thread.end?.stack ?? [])}`,
      'no request was started since',
    ],
    fix: 'Flush the client before the end, and wait for that: its flush(), close() or shutdown()',
  },
  lazy: {
    title: (name) => `${name}() built a request that nobody awaits: it was never sent`,
    evidence: ({ thread, name }, built) => [
      `${threadText(thread)} called ${name}()${built}; that only builds a request (it is lazy), which begins once its promise is awaited, and nobody did`,
    ],
    fix: 'Await it, and look at what it resolves to: some clients report an error there and never reject',
  },
  void: {
    title: (name) => `What is to be sent once it is due never is: its time, ${name}, is not a valid date`,
    evidence: ({ thread, name }, compared, asked) => [
      `${threadText(thread)} checked repeatedly whether the time had come${compared}; ${name} is an invalid date, or no number (NaN), and each comparison with that is false, without an error`,
      ...(asked === '' ? [] : [`what sends once it is true asks for that${asked}`]),
    ],
    fix: 'Check each date where it comes in (Number.isNaN(date.getTime())), and refuse it there; give new Date() and Date.parse() an ISO date (2026-01-31T09:00), and parse times such as “in 5 minutes” by code of your own',
  },
  'void-delay': {
    title: (name) => `A timer that is to send was never set: its delay, ${name}, is not a number`,
    evidence: ({ thread, name }, asked) => [
      `${threadText(thread)} asked whether ${name} is above a number${asked}; it is NaN, as what is worked out from an invalid date or a text is, and each comparison with that is false, without an error`,
    ],
    fix: 'Check each date and each delay where it comes in (Number.isNaN(ms), date.isValid), and refuse it there',
  },
  lines: {
    title: () => 'Lines were read before anything listened to them',
    evidence: ({ thread }, made, written) => [
      `${threadText(thread)} made a readline interface${written}, which reads at once and keeps no line for later`,
      `what is to send the lines listened to them only after some had been read${made}`,
    ],
    fix: 'Listen to the lines, or begin to iterate them, in the same turn in which the reader is made: await what is needed before',
  },
};

function suspicion(undone: LeftUndone, { title, evidence, fix }: Text): Suspicion {
  const { thread, name, stack } = undone;
  const [made = '', written = ''] = stack.map((frame) => ` at ${frame}`);
  return {
    code: 'never-requested',
    severity: 'error',
    title: title(name),
    thread,
    request: null,
    evidence: evidence(undone, made, written),
    stack,
    fix,
  };
}
