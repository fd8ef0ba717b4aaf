import { onPublished } from './channels.cjs';
import { leftUndone } from './left-undone.cjs';
import { listenersOn } from './listeners.cjs';
import { whereWritten } from './own-inspector.cjs';
import { isToSend } from './removed-listeners.cjs';
import { attempt, isObject } from './wrap.cjs';

/** Responses that are followed at a time, and of which those that were cut off are looked at. */
const mostFollowed = 200;
const mostLooked = 50;

const open = new Set<object>();
let looked = 0;

/** Responses of this thread's servers whose caller hung up: they never finish, and who listens for that is never called. */
export function followCutResponses(): void {
  onPublished('http.server.request.start', ({ response }) => {
    if (isObject(response) && open.size < mostFollowed && looked < mostLooked) open.add(response);
  });
}

/** Asked at every beat and at the end. */
export function lookAtCutResponses(): void {
  for (const response of open) {
    if (Reflect.get(response, 'destroyed') !== true) continue;
    open.delete(response);
    if (
      Reflect.get(response, 'writableFinished') !== true &&
      isCutByCaller(response) &&
      looked++ < mostLooked
    )
      attempt(() => report(response));
  }
}

/** The caller's end of the connection came first: a program that destroys a response itself means that. */
function isCutByCaller(response: object): boolean {
  const request: unknown = Reflect.get(response, 'req');
  const socket: unknown = isObject(request) ? Reflect.get(request, 'socket') : null;
  if (!isObject(socket)) return false;
  const error: unknown = Reflect.get(socket, 'errored');
  const code: unknown = isObject(error) ? Reflect.get(error, 'code') : null;
  return Reflect.get(socket, 'readableEnded') === true || code === 'ECONNRESET' || code === 'EPIPE';
}

function report(response: object): void {
  const heard = listenersOn(response, 'close').map(({ callback }) => callback);
  for (const { callback } of listenersOn(response, 'finish')) {
    if (heard.includes(callback) || heard.some(isToSend)) continue;
    const place = whereWritten(callback);
    if (place !== null)
      // One caller of many who hangs up is no fault of a server that goes on to send.
      leftUndone({ kind: 'unfinished', name: 'finish', callback, frames: [place], isOneOff: false });
  }
}
