import type { Runtime } from '../../model/runtime.ts';
import { showMs } from '../../time/show-ms.ts';
import type { ProgramRecord, RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { cutOffBy } from './endings.ts';
import { isLasting } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { ageOf, lastSeen, placeText, startedAt } from './wording.ts';

/** `request-incomplete`: the request was begun, and its body never came to its end. */
export const requestIncomplete: Rule = (record, { hangAfterMs }) =>
  record.requests.flatMap((request) =>
    isIncomplete(request) && hasWaited(request, record, hangAfterMs) ? [suspicion(request, record)] : [],
  );

/** It was never ended, or its body is shorter than announced. */
export function isIncomplete(request: RequestRecord): boolean {
  const { bytes, state, status, retried, failure } = request;
  if (retried || status !== null) return false;
  if (isMismatch(request)) return true;
  // What the program gave up on purpose is its own doing.
  if (failure?.by === 'program' && bytes === null) return false;
  return state === 'unfinished' || bytes !== null;
}

/** undici counts for itself, and breaks such a request off. */
function isMismatch({ failure }: RequestRecord): boolean {
  return /^UND_ERR_REQ_CONTENT_LENGTH_/.test(failure?.code ?? '');
}

function hasWaited(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  const { failure, thread } = request;
  if (failure?.by === 'deadline' || isMismatch(request)) return true;
  // A server that waits in vain for the rest closes the connection.
  if (failure?.by === 'error') return cutOffBy(request, record) === null;
  if (thread.end?.reason === 'natural' && failure === null) return true;
  const restingMs = lastSeen(request, record) - (request.bytes?.at ?? request.startedAt);
  return isLasting(request, record, hangAfterMs) && restingMs >= hangAfterMs;
}

function suspicion(request: RequestRecord, record: ProgramRecord): Suspicion {
  const { failure, bytes } = request;
  const readAt = bytes?.readAt;
  const gaveUp = failure === null ? '' : `, until it failed (${failure.code || failure.message})`;
  return {
    code: 'request-incomplete',
    severity: 'error',
    title: titleFor(request),
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} was not complete after ${showMs(ageOf(request, record))}${gaveUp}`,
      ...bytesText(request),
      ...producerText(request),
      ...(readAt === undefined
        ? []
        : [
            `a body parser is used before, at ${readAt}: what that has read is no longer in the stream that is passed on`,
          ]),
    ],
    stack: readAt === undefined ? request.stack : [readAt, ...request.stack],
    fix: fixFor(request),
  };
}

function titleFor({ bytes, state }: RequestRecord): string {
  if (state === 'unfinished') return 'The request was begun and never ended';
  if (bytes?.announced == null) return 'The request’s body does not come to its end';
  return 'The request’s body is shorter than its Content-Length announces';
}

function bytesText({ bytes, state, failure }: RequestRecord): readonly string[] {
  if (bytes === null) {
    if (isMismatchMessage(failure?.message)) return [`undici: ${failure?.message ?? ''}`];
    return ['its end() was not called: the server waits for the rest of the body'];
  }
  const { announced, written } = bytes;
  const ended = state === 'unfinished' ? ', and its end() was not called' : '';
  return announced === null
    ? [
        `${written} bytes of its body were written${ended}; what produces the rest is silent, and the server waits for it`,
      ]
    : [
        `it announced ${announced} bytes (Content-Length) and ${written} were written${ended}; the server waits for the other ${announced - written}`,
      ];
}

function producerText({ bytes }: RequestRecord): readonly string[] {
  const producer = bytes?.producer ?? null;
  return producer === null || producer.stack.length === 0
    ? []
    : [`what makes the body was in ${placeText(producer)}`];
}

function isMismatchMessage(message: string | undefined): boolean {
  return message !== undefined && message !== '';
}

const byteLength: Readonly<Record<Runtime, string>> = {
  node: 'Buffer.byteLength',
  python: 'len(text.encode())',
};

function fixFor({ bytes, state, thread }: RequestRecord): string {
  if (bytes !== null && bytes.announced !== null) {
    return bytes.written === 0
      ? 'Write the body again where something read it before (a body parser, an earlier try): a stream that was used up gives nothing; or announce no Content-Length'
      : `Announce the body’s length in bytes (${byteLength[thread.runtime]}), not in characters, or let the client count; and write all of it`;
  }
  return state === 'unfinished'
    ? 'Call request.end() when the body is written; a piped stream must come to its own end, and one that was used up never does'
    : 'End the stream that makes the body, or send text or a buffer instead';
}
