import { attempt } from './wrap.cjs';

/** A request as undici made it before version 7. */
export interface OldRequest {
  onData?: unknown;
}

/** Called with each chunk of a request's response. */
type Sniff = (request: object, chunk: unknown) => void;

/** Before undici 7 no channel carries the response's chunks. */
export function sniffOldVersions(request: OldRequest, sniff: Sniff): void {
  const onData = request.onData;
  if (typeof onData !== 'function') return;
  let spy = spies.get(onData);
  if (spy === undefined) {
    spy = publishesChunks(onData) ? null : spyOn(onData, sniff);
    spies.set(onData, spy);
  }
  if (spy !== null) request.onData = spy;
}

type OnData = (this: object, chunk: unknown) => unknown;

/** One for each copy of undici; null where none is needed. */
const spies = new WeakMap<object, OnData | null>();

function spyOn(onData: object, sniff: Sniff): OnData {
  return function (chunk) {
    attempt(() => sniff(this, chunk));
    return typeof onData === 'function' ? Reflect.apply(onData, this, [chunk]) : undefined;
  };
}

function publishesChunks(onData: object): boolean {
  return Function.prototype.toString.call(onData).includes('bodyChunkReceived');
}
