import { isShutdownCode } from '../../source/shutdown-code.ts';
import { framesBehind } from './async-contexts.cjs';
import { leftUndone } from './left-undone.cjs';
import { inspectWith, stateOfPromise } from './own-inspector.cjs';
import { placesLearned } from './purpose.cjs';
import { callsAt } from './sending-code.cjs';
import { now } from './sink.cjs';
import { placeOf } from './source-text.cjs';
import { ownPromisesSince } from './swallowed.cjs';

/** What was begun in the last moments before process.exit(), in ms. */
const justBeforeMs = 50;
const mostLooked = 20;
/** Calls that wait for something, or give it up. */
const sendsNothing =
  /^(?:then|catch|finally|all|allSettled|race|any|resolve|on|once|off|end|quit|close|destroy|dispose|flush|logout|leave|abort|cancel|unsubscribe|release)/;

/**
 * A call of an object whose other calls have led to requests, which has only begun when process.exit() is called: it
 * waits for a promise, and what it was to send or to put into a queue is gone.
 */
export function lookAtBegunCalls(): void {
  const learned = placesLearned();
  if (learned.length === 0) return;
  const latest = ownPromisesSince(now() - justBeforeMs);
  if (latest.length === 0) return;
  inspectWith(() => {
    const seen = new Set<string>();
    for (const { promise, at } of latest.slice(-mostLooked)) {
      const frames = framesBehind(promise);
      const [frame = ''] = frames;
      if (frame === '' || seen.has(frame)) continue;
      seen.add(frame);
      const name = callOfSender(frame, learned);
      if (name === null || stateOfPromise(promise).kind !== 'pending') continue;
      leftUndone({ kind: 'begun', name, callback: null, frames, isOneOff: false, at });
    }
  }, undefined);
}

/** What is called at a place, where the same object has sent for the program before. */
function callOfSender(frame: string, learned: readonly string[]): string | null {
  const { file } = placeOf(frame);
  const [call = ''] = callsAt([frame], file);
  const receiver = receiverOf(call);
  const method = call.slice(receiver.length + 1);
  if (receiver === '' || receiver === 'this' || sendsNothing.test(method) || isShutdownCode(method))
    return null;
  return callsAt(learned, file).some((sent) => receiverOf(sent) === receiver) ? call : null;
}

interface QueueTimer {
  readonly timer: WeakRef<object>;
  readonly callback: object;
  readonly frames: readonly string[];
  readonly at: number;
}

let queueTimers: QueueTimer[] = [];
const timersKept = 20;
const longestText = 1000;
/** What a timer's function calls to empty a queue. */
const emptiesQueue = /flush|send|publish|deliver|dispatch|drain|upload|submit/i;

/** A package sets a timer in a call of the program's: what it was given may wait in its queue until then. */
export function clientTimerSet(timer: object, callback: object, frames: readonly string[]): void {
  if (frames.length === 0) return;
  if (queueTimers.length >= timersKept) queueTimers = queueTimers.filter(isWaiting);
  if (queueTimers.length >= timersKept) return;
  queueTimers.push({ timer: new WeakRef(timer), callback, frames, at: now() });
}

function isWaiting({ timer }: QueueTimer): boolean {
  const set = timer.deref();
  return set !== undefined && Reflect.get(set, '_destroyed') !== true;
}

/** Asked at the end of the thread: what clients have queued for a timer that has not fired is never sent. */
export function lookAtClientQueues(): void {
  const waiting = queueTimers.filter(isWaiting);
  queueTimers = [];
  const learned = placesLearned();
  for (const { callback, frames, at } of waiting) {
    const text: string = Reflect.apply(Function.prototype.toString, callback, []);
    if (text.length > longestText || !emptiesQueue.test(text)) continue;
    const name = callOfSender(frames[0] ?? '', learned);
    if (name !== null) leftUndone({ kind: 'queued', name, callback: null, frames, isOneOff: false, at });
  }
}

function receiverOf(call: string): string {
  return call.slice(0, Math.max(0, call.lastIndexOf('.')));
}
