import type http from 'node:http';
import type { Socket } from 'node:net';
import type { Tracked } from './requests.cjs';
import { emitLazily, now } from './sink.cjs';
import { isObject } from './wrap.cjs';

/** How far a connection had been written when a request got it. */
export interface WrittenBefore {
  readonly socket: Pick<Socket, 'bytesWritten' | 'writableLength'>;
  readonly bytes: number;
  /** Bytes of the request's head, where they are known already. */
  readonly head: number | null;
}

export function writtenBefore(socket: unknown, head: number | null): WrittenBefore | null {
  if (!isObject(socket) || !isCounting(socket)) return null;
  return { socket, bytes: socket.bytesWritten, head };
}

function isCounting(socket: object): socket is WrittenBefore['socket'] {
  return 'bytesWritten' in socket && typeof socket.bytesWritten === 'number' && 'writableLength' in socket;
}

/** Reports a node:http request whose body is not what it announced, or has not been ended. */
export function reportHttpBody(it: Tracked, request: http.ClientRequest, before: WrittenBefore | null): void {
  const header: unknown = Reflect.get(request, '_header');
  if (before === null || typeof header !== 'string') return;
  const announced = lengthOf(request.getHeader('content-length'));
  const written = writtenSince(before, Buffer.byteLength(header));
  if (!request.writableEnded || (announced !== null && written < announced)) report(it, announced, written);
}

/** Reports an undici request whose body's source has nothing more to give for now. */
export function reportUndiciBody(it: Tracked, announced: unknown, before: WrittenBefore | null): void {
  // What waits in the socket waits for the server.
  if (before === null || before.socket.writableLength > 0) return;
  report(it, lengthOf(announced), writtenSince(before, before.head ?? 0));
}

function writtenSince({ socket, bytes }: WrittenBefore, head: number): number {
  return Math.max(0, socket.bytesWritten - bytes - head);
}

function lengthOf(value: unknown): number | null {
  const length = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isFinite(length) ? length : null;
}

function report(it: Tracked, announced: number | null, written: number): void {
  if (!it.reported || it.reportedBytes === written) return;
  it.reportedBytes = written;
  emitLazily({ e: 'short', t: now(), r: it.r, announced, written });
}
