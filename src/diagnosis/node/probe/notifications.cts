import diagnosticsChannel from 'node:diagnostics_channel';
import { contextHere } from './async-contexts.cjs';
import { emit, now } from './sink.cjs';
import { stackNumber, userFramesHere } from './stack.cjs';
import { attempt, isObject } from './wrap.cjs';

/**
 * The thread that calls `send()` of this package's library is not the one that makes the request: what says whose it is
 * are both ends, by the notification's id.
 */
export function followNotifications(): void {
  diagnosticsChannel.subscribe('timer-notify:send', (event) => attempt(() => sends(event)));
}

function sends(event: unknown): void {
  if (!isObject(event) || areMany()) return;
  const id: unknown = Reflect.get(event, 'id');
  if (typeof id !== 'string') return;
  const here = userFramesHere();
  const frames = here.length > 0 ? here : (contextHere()?.frames ?? []);
  // Its loop may stop in the very next statement.
  emit({ e: 'notifies', t: now(), id, stack: stackNumber(frames) });
}

const windowMs = 100;
/** A thread that sends more than that is spared: each is written at once. */
const toldAWindow = 20;
let windowStart = 0;
let told = 0;

function areMany(): boolean {
  const at = now();
  if (at - windowStart > windowMs) {
    windowStart = at;
    told = 0;
  }
  return ++told > toldAWindow;
}

/** Its metadata end the body, and the id is among the first of the library's own fields there. */
const idAtEnd = /"id":"([^"\\]+)","path":"(?:expiry|confirmation)","thread":"[^"]*"[^{}]*\}\}\}$/;
const tail = 600;

/** The notification that a request carries, by its body; null for any other request. */
export function notificationIn(bodyText: string | null): string | null {
  return bodyText === null ? null : (idAtEnd.exec(bodyText.slice(-tail))?.[1] ?? null);
}
