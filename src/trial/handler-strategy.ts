import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { capabilities } from '../delivery/capabilities.ts';
import { failure } from '../delivery/failure.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import type { DeliveryStrategy, Sender } from '../delivery/strategy.ts';
import { classifyError, reportedError } from '../failures/classify-error.ts';
import type { Notification } from '../notification/notification.ts';
import { monotonicMs } from '../time/clock.ts';
import { logEvent } from './event-log.ts';
import { readHandler } from './read-handler.ts';
import { refuseOtherHosts } from './refuse-other-hosts.ts';
import { SeenRequests } from './seen-requests.ts';

/** The user's `send(notification)`, loaded anew in every thread that sends, and awaited as a strategy of ours would be. */
export function handlerStrategy(file: string): DeliveryStrategy {
  const open = () => openHandler(file);
  return {
    name: 'fetch-in-worker',
    capabilities: capabilities['fetch-in-worker'],
    attach: open,
    async open() {
      const sender = await open();
      return { sender, inFlight: 0, handle: sender.handle, drain: async () => {}, close: sender.close };
    },
  };
}

async function openHandler(file: string): Promise<Sender> {
  const requests = new SeenRequests((id) => logEvent({ kind: 'handler-requested', id }));
  refuseOtherHosts(
    (host) => {
      logEvent({
        kind: 'subscriber-error',
        message: `the handler connects to ${host}, which is not the emulator`,
      });
    },
    () => requests.note(),
  );
  const send = readHandler(await import(pathToFileURL(file).href));
  const sendOne = (notification: Notification) => outcomeOf(notification, send, requests);
  return {
    send: sendOne,
    sendAll: (notifications) => notifications.map(sendOne),
    handle: () => ({ value: { writtenBy: 'handler' }, transferList: [] }),
    close: async () => {},
  };
}

async function outcomeOf(
  notification: Notification,
  send: (notification: Notification) => unknown,
  requests: SeenRequests,
): Promise<SendOutcome> {
  const startedAt = monotonicMs();
  try {
    await requests.during(notification.id, () => callAndWatch(notification, send));
  } catch (error) {
    return { ...failureOf(notification.id, error), durationMs: monotonicMs() - startedAt };
  }
  const { id } = notification;
  const durationMs = monotonicMs() - startedAt;
  return { status: 'delivered', id, channel: null, ts: null, attempts: 1, durationMs };
}

/** What it does at once is written at once: the thread may park, block or end in the very next statement. */
function callAndWatch(notification: Notification, send: (notification: Notification) => unknown): unknown {
  try {
    const returned = send(notification);
    const { isPending, rejection } = stateOf(returned);
    if (rejection !== null) logEvent({ kind: 'handler-threw', id: notification.id, message: rejection });
    else if (!isPending) logEvent({ kind: 'handler-returned', id: notification.id });
    return returned;
  } catch (error) {
    logEvent({ kind: 'handler-threw', id: notification.id, message: reportedError(error).message });
    throw error;
  }
}

interface State {
  readonly isPending: boolean;
  /** The reason of a promise that is rejected already. */
  readonly rejection: string | null;
}

/** A promise itself says so only later. */
function stateOf(value: unknown): State {
  if (!(value instanceof Promise)) return { isPending: isThenable(value), rejection: null };
  const shown = inspect(value, { depth: 0 });
  const [, reason] = /^Promise \{\s*<rejected> ([^\n]*)/.exec(shown) ?? [];
  const rejection = reason?.replace(/^(\w*Error): /, '').replace(/ \}$/, '') ?? null;
  return { isPending: /^Promise \{\s*<pending>/.test(shown), rejection };
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** A client's error carries the connection's as its cause; any other is the handler's own. */
function failureOf(id: string, error: unknown): SendOutcome {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reported = reportedError(reason);
  const { message } = reported;
  return failure(id, classifyError(reported) ?? 'handler-threw', {
    message,
    retryable: false,
    ambiguous: true,
  });
}
