import { isMainThread } from 'node:worker_threads';
import { kindsTold } from '../channel-kinds.ts';
import { purposeOfCallback } from './purpose.cjs';
import { sendsByWay } from './sending-code.cjs';
import { emit, now } from './sink.cjs';
import { codeOf, placeOf } from './source-text.cjs';
import { framesHere } from './stack.cjs';
import { isFunction } from './wrap.cjs';

const sourceOf = Function.prototype.toString;
const longestText = 4000;
const mostLooked = 5;
let looked = 0;

/** What comes to a channel is not seen: its listener, where that is to send, is looked at when it is added. */
export function listensToChannel(name: string, listener: unknown): void {
  if (isMainThread || !isFunction(listener) || looked >= mostLooked) return;
  looked++;
  const { leads, conditional } = purposeOfCallback(listener);
  if (leads !== 'surely') return;
  const code = codeOf(placeOf(framesHere()[0] ?? '').file);
  const text = sourceOf.call(listener).slice(0, longestText);
  emit({
    e: 'channel-sender',
    t: now(),
    name,
    conditional,
    ...kindsTold(text, (part) => sendsByWay(part, code)),
  });
}
