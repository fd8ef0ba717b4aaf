import { isMainThread } from 'node:worker_threads';
import { endOfBracket, onOwnScript } from './own-scripts.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { sendsInService } from './sending-code.cjs';
import { emit, now } from './sink.cjs';

let isReported = false;
let listenersLooked = 0;
const listenersLimit = 5;

/** Reports that what others give this thread to do is to send: nothing may have come of it so far. */
export function followDemand(): void {
  if (isMainThread) return;
  const exported =
    /\b(?:export\s+default|module\s*\.\s*exports\s*=)\s*(?:async\b\s*)?(?:function\b\s*[\w$]*\s*)?\(/;
  // A pool of workers calls what a file exports.
  onOwnScript(exported, ({ code, text }) => {
    const found = exported.exec(code);
    if (found === null) return;
    const parameters = endOfBracket(code, found.index + found[0].length - 1);
    const opens = code.indexOf('{', parameters);
    if (opens !== -1 && sendsInService(text.slice(opens, endOfBracket(code, opens)))) reportOnce();
  });
}

const looked = new WeakSet<object>();

/** A message is about to be given to a listener. */
export function listenerCalled(callback: object): void {
  if (isMainThread || isReported || listenersLooked >= listenersLimit || looked.has(callback)) return;
  looked.add(callback);
  listenersLooked++;
  if (purposeOfCallback(callback).leads === 'surely') reportOnce();
}

function reportOnce(): void {
  if (isReported) return;
  isReported = true;
  emit({ e: 'on-demand', t: now() });
}
