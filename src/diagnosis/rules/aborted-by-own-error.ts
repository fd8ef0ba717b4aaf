import { showMs } from '../../time/show-ms.ts';
import type { RequestRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { failureCodeOf } from './failure-code.ts';
import type { Rule, Suspicion } from './rule.ts';
import { ageOf, startedAt, stateText } from './wording.ts';

/** `never-requested`: an error of the program's own broke its request off before all of it was sent. */
export const abortedByOwnError: Rule = (record) =>
  record.requests.flatMap((request) =>
    !request.retried && isBrokenOff(request)
      ? [suspicion(request, ageOf(request, record), record.requests)]
      : [],
  );

/** Its own error kept it from being sent: a body that failed, or one that is not as announced. */
export function isBrokenOff(request: RequestRecord): boolean {
  const { failure, status } = request;
  if (status !== null || failure === null || !isOwnError(request)) return false;
  if (failure.state === 'sending' || request.thread.runtime === 'python') return true;
  // A nameless error before the connection stands may be the connector's.
  return failure.state !== 'sent' && !isNameless(failure.code);
}

/** Neither the network nor the server makes such an error: the program's own code does, or a misuse of the client. */
export function isOwnError({ client, failure, thread }: RequestRecord): boolean {
  if (failure === null || failure.by !== 'error') return false;
  // The Python probe knows the clients' own errors by name.
  if (thread.runtime === 'python') return failure.state === 'created' && failureCodeOf(failure) === null;
  const { code, message } = failure;
  if (isNameless(code) || isOfFile(code, message)) return true;
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return client === 'undici';
  return /^(?:UND_ERR_INVALID_|UND_ERR_REQ_CONTENT_LENGTH_|ERR_INVALID_(?:ARG|RETURN)_|ERR_ASSERTION$)/.test(
    code,
  );
}

/** A mere name, such as `TypeError`, or nothing at all. */
function isNameless(code: string): boolean {
  return code !== 'HTTPParserError' && /^(?:[A-Z]\w*[a-z]\w*)?$/.test(code);
}

/** `ENOENT: no such file or directory, open …`; a socket's path is said as `connect ENOENT …`. */
function isOfFile(code: string, message: string): boolean {
  return /^E[A-Z]+$/.test(code) && message.startsWith(`${code}: `);
}

function suspicion(request: RequestRecord, ageMs: number, all: readonly RequestRecord[]): Suspicion {
  const { failure } = request;
  const error = failure === null ? '' : [failure.code, failure.message].filter(Boolean).join(': ');
  return {
    code: 'never-requested',
    severity: 'error',
    title: 'An error in the program itself aborted the request before all of it was sent',
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} when it failed after ${showMs(ageMs)} with ${error}`,
      'neither the network nor the server causes this error',
      ...all
        .filter(({ triedAgain, status }) => triedAgain === request && status !== null)
        .map(({ status }) => `it was to be the next try after HTTP ${status}`),
    ],
    stack: request.stack,
    fix: 'Fix what makes the body (its stream, its length, its type), and send the request again',
  };
}
