import type { Socket } from 'node:net';

/** Of a response's head, in bytes, that is held back until it is whole. */
const longestHead = 64 * 1024;

const begin = Buffer.from('HTTP/1.1 100');
const end = '\r\n\r\n';

/**
 * Leaves `100 Continue` out of what is read from a connection. A client must take it unasked and go on waiting
 * (https://www.rfc-editor.org/rfc/rfc9110#section-15.2); undici ends the connection, although the message was posted.
 */
export function ignoreContinue(socket: Socket): Socket {
  const read = socket.read.bind(socket);
  let held: Buffer = Buffer.alloc(0);
  let isHead = false;
  let bytesWritten = 0;
  socket.read = (size?: number): unknown => {
    // A request was written, so the next bytes begin the response to it.
    if (socket.bytesWritten !== bytesWritten) {
      bytesWritten = socket.bytesWritten;
      isHead = true;
    }
    for (;;) {
      const chunk: unknown = read(size);
      if (!isHead || !Buffer.isBuffer(chunk)) return chunk;
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const left = withoutContinue(held);
      if (left === null) continue;
      held = Buffer.alloc(0);
      isHead = false;
      return left;
    }
  };
  return socket;
}

/** What follows the `100 Continue`s at the beginning of a response; null while that is not known. */
function withoutContinue(received: Buffer): Buffer | null {
  let rest = received;
  for (;;) {
    const known = Math.min(begin.length, rest.length);
    if (rest.compare(begin, 0, known, 0, known) !== 0) return rest;
    const length = rest.indexOf(end);
    if (length === -1) return rest.length > longestHead ? rest : null;
    rest = rest.subarray(length + end.length);
  }
}
