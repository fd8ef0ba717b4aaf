import http from 'node:http';
import { fingerprint } from '../../retries.ts';
import { areBodiesWanted, isBusy, reportBody, type Tracked } from './requests.cjs';
import { isFunction, replaceFunction, wrapMethod } from './wrap.cjs';

/** A request of node:http, whose body the program writes. */
export interface Writing extends Tracked {
  readonly request: http.ClientRequest;
  /** What the program wrote, where that is wanted. */
  output: readonly unknown[];
}

/** Parts of a body that are looked at. */
const keptParts = 8;

/** What the program writes waits in the request until there is a socket. */
export function followRequestBodies(followed: (message: object) => Writing | null): void {
  const flush: unknown = Reflect.get(http.OutgoingMessage.prototype, '_flush');
  if (!isFunction(flush)) return;
  replaceFunction(http.OutgoingMessage.prototype, '_flush', flush, function (this: object) {
    try {
      const it = areBodiesWanted() ? followed(this) : null;
      if (it !== null) flushed(it);
    } catch {
      // What the probe can't read must not reach the program.
    }
    return Reflect.apply(flush, this, []);
  });
}

function flushed(it: Writing): void {
  const { request } = it;
  const output: unknown = Reflect.get(request, 'outputData');
  if (!Array.isArray(output) || it.output.length > 0) return;
  // Node takes the data out of its own list when it writes them.
  it.output = output.slice(0, keptParts).map(dataOf);
  if (request.writableEnded) bodyAtHand(it);
  else followRest(it);
}

function followRest(it: Writing): void {
  wrapMethod(it.request, 'write', ([chunk]) => written(it, chunk));
  wrapMethod(it.request, 'end', ([chunk]) => {
    written(it, chunk);
    bodyAtHand(it);
  });
}

function written(it: Writing, chunk: unknown): void {
  if (it.output.length < keptParts) it.output = [...it.output, chunk];
}

function bodyAtHand(it: Writing): void {
  if (it.reported && !isBusy()) reportBody(it);
}

function dataOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null ? Reflect.get(part, 'data') : null;
}

/** Distinguishes it from others to the same place; null while nothing is known of it. */
export function bodyOf({ output, request }: Writing): string | null {
  return fingerprintOf(output) ?? lengthOf(request);
}

function fingerprintOf(output: readonly unknown[]): string | null {
  const body = bodyIn(output);
  return body === '' ? null : fingerprint(body);
}

/** What was written of the body, where that was kept. */
export function textOfBody({ output }: Writing): string | null {
  return output.length === 0 ? null : bodyIn(output);
}

function bodyIn(output: readonly unknown[]): string {
  const text = output.map(textOf).join('');
  // A part of a multipart body has a head of its own.
  const end = requestLine.test(text) ? text.indexOf('\r\n\r\n') : -1;
  return end === -1 ? text : text.slice(end + 4);
}

const requestLine = /^[A-Z]+ \S+ HTTP\/1/;

/** A body that is written later is known by its length at best. */
function lengthOf(request: http.ClientRequest): string | null {
  const length = request.getHeader('content-length');
  return length === undefined || Number(length) === 0 ? null : `${String(length)}:`;
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? Buffer.from(data).toString('latin1') : '';
}
