import type { ClientRequest } from 'node:http';
import type { Abandonment } from '../protocol.ts';
import { abandonmentOf, isReported, textProperty } from './errors.cjs';
import { abandonmentBySignal } from './signals.cjs';
import { now } from './sink.cjs';
import { isObject } from './wrap.cjs';

/** What was seen of a request of node:http that shows who ended it. */
interface Endable {
  readonly request: ClientRequest;
  readonly startedAt: number;
  readonly signal: AbortSignal | null;
  readonly timedOut: boolean;
  readonly destroyed: boolean;
  readonly destroyedInTimer: boolean;
  readonly destroyedWith: unknown;
}

/** Why a request ended with this error. */
export function abandonedBy(it: Endable, error: unknown): Abandonment {
  if (it.timedOut && it.destroyed) return 'deadline';
  const by = abandonmentBySignal(it.signal, abandonmentOf(error));
  if (by === 'program' && it.destroyedInTimer) return 'timer';
  if (by !== 'error') return by;
  if (isCutOffIdle(it, error)) return 'deadline';
  if (!it.destroyed || !isGivenUp(it, error)) return by;
  return it.destroyedInTimer ? 'timer' : 'program';
}

/**
 * follow-redirects, and so axios and the Slack SDK, lets the socket's own timeout destroy the socket, not the request:
 * neither an end from the server nor an error has come over it.
 */
function isCutOffIdle({ request, startedAt }: Endable, error: unknown): boolean {
  const { socket } = request;
  if (!isObject(error) || textProperty(error, 'code') !== 'ECONNRESET' || !socket) return false;
  const timeout = socket.timeout ?? 0;
  return (
    timeout > 0 && now() - startedAt >= timeout * 0.9 && !socket.readableEnded && socket.errored === null
  );
}

/** Neither an end nor an error has come over the connection: this side has closed it (`agent.destroy()`). */
export function isEndedHere({ request: { socket } }: Endable, error: unknown): boolean {
  if (!isObject(error) || textProperty(error, 'code') !== 'ECONNRESET' || !socket) return false;
  return socket.destroyed && !socket.readableEnded && socket.errored === null;
}

/** Node's own word for it, or the error that the program made up; one that it passes on has a code, or came of a system call. */
function isGivenUp(it: Endable, error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code = textProperty(error, 'code');
  if (textProperty(error, 'syscall') !== '') return false;
  return code === 'ECONNRESET' || (code === '' && error === it.destroyedWith && !isReported(error));
}
