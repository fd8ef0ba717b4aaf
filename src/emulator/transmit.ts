import type { ServerResponse } from 'node:http';
import type { ResponseFault } from './faults.ts';
import type { PreparedResponse } from './response-builders.ts';

/** Sends a response, as the fault changes it. */
export function transmit(
  response: ServerResponse,
  prepared: PreparedResponse,
  fault: ResponseFault | null,
): void {
  switch (fault?.kind) {
    case undefined:
      sendWhole(response, prepared);
      break;
    case 'hang-after-commit':
      break;
    case 'reset-after-commit':
      resetConnection(response);
      break;
    case 'half-body':
    case 'half-body-after-commit':
      sendHalf(response, prepared, () => response.socket?.destroy());
      break;
    case 'stalled-body':
    case 'stalled-body-after-commit':
      sendHalf(response, prepared, () => {});
      break;
    case 'bad-json':
    case 'bad-json-after-commit':
      sendWhole(response, { ...prepared, body: prepared.body.slice(0, Math.ceil(prepared.body.length / 2)) });
      break;
    case 'ok-warning':
      sendWhole(response, withWarning(prepared, fault.code));
      break;
    case 'drip':
      drip(response, prepared, fault.intervalMs);
      break;
  }
}

function withWarning(prepared: PreparedResponse, code: string): PreparedResponse {
  if (!prepared.body.startsWith('{"ok":true')) return prepared;
  const warning = JSON.stringify({ warning: code, response_metadata: { warnings: [code] } }).slice(1, -1);
  return { ...prepared, body: `${prepared.body.slice(0, -1)},${warning}}` };
}

/** A FIN without a response: the client reads the end of the stream. */
export function closeConnection(response: ServerResponse): void {
  response.socket?.end();
}

/** A reset, not a close: the client reads ECONNRESET. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function sendWhole(response: ServerResponse, { status, headers, body }: PreparedResponse): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** `then` runs once the first half has been handed to the network. */
function sendHalf(
  response: ServerResponse,
  { status, headers, body }: PreparedResponse,
  then: () => void,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), then);
}

function drip(
  response: ServerResponse,
  { status, headers, body }: PreparedResponse,
  intervalMs: number,
): void {
  const bytes = Buffer.from(body);
  let sent = 0;
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.flushHeaders();
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, ++sent));
    if (sent < bytes.length) return;
    clearInterval(timer);
    response.end();
  }, intervalMs);
  response.once('close', () => clearInterval(timer));
}
