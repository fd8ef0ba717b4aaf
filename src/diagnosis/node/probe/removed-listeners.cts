import { EventEmitter } from 'node:events';
import { functionOfFrame } from '../../../model/frame.ts';
import { isShutdownCode } from '../../source/shutdown-code.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { now } from './sink.cjs';
import { placeOf, readSource } from './source-text.cjs';
import { calledByProgram, framesHere } from './stack.cjs';
import { isFunction, isObject, wrapMethod } from './wrap.cjs';

/** The listeners of one event that the program removed from an emitter all together. */
interface Removal {
  readonly at: number;
  readonly frames: readonly string[];
  readonly callbacks: readonly object[];
}

const removals = new WeakMap<object, Map<string, Removal>>();
const looked = 50;
let lookedAt = 0;
/** What comes so soon after, in ms, may have been under way. */
const underWayMs = 100;
const { listeners, eventNames } = EventEmitter.prototype;

/** A program that comes to its end, or gives something up, wants to hear no more of it. */
const ends =
  /\b(?:clearInterval|clearTimeout)\b|\.\s*(?:close|terminate|kill|disconnect|destroy|unsubscribe|abort|unref|end)\s*\(|process\.exit/;
const givesUp =
  /close|dispose|destroy|tear|clean|\bend|detach|unsubscribe|\boff|cancel|leave|kill|terminat|mute|pause|disable/i;
const linesAround = 4;

export function followRemovals(): void {
  wrapMethod(EventEmitter.prototype, 'removeAllListeners', (args, emitter) => {
    if (!isObject(emitter) || lookedAt >= looked || !calledByProgram()) return;
    lookedAt++;
    const frames = framesHere();
    if (isGivenUp(frames)) return;
    const names = args.length === 0 ? Reflect.apply(eventNames, emitter, []) : [args[0]];
    const known = removals.get(emitter) ?? new Map<string, Removal>();
    removals.set(emitter, known);
    for (const name of names) {
      const callbacks =
        typeof name === 'string' ? Reflect.apply(listeners, emitter, [name]).filter(isFunction) : [];
      if (typeof name === 'string' && callbacks.length > 0) known.set(name, { at: now(), frames, callbacks });
    }
  });
}

/** Whether whoever removes a listener wants to hear no more. */
export function isGivenUp(frames: readonly string[]): boolean {
  return frames.some(isAtAnEnd);
}

function isAtAnEnd(frame: string): boolean {
  const { file, line } = placeOf(frame);
  const around = readSource(file)
    .split('\n')
    .slice(Math.max(0, line - linesAround), line + linesAround - 1)
    .join('\n');
  const name = functionOfFrame(frame);
  return ends.test(around) || isShutdownCode(name) || givesUp.test(name);
}

export function isToSend(callback: object): boolean {
  const { leads } = purposeOfCallback(callback);
  return leads === 'surely' || leads === 'likely';
}

/** Somebody else hears it. */
export function heardSinceRemoval(emitter: unknown, name: string): void {
  if (lookedAt > 0 && isObject(emitter)) removals.get(emitter)?.delete(name);
}

/** An event came, or was emitted, that nobody heard. */
export function missedSinceRemoval(emitter: object, name: string, place: string): Undone | null {
  const removal = removals.get(emitter)?.get(name);
  if (removal === undefined || now() - removal.at < underWayMs) return null;
  removals.get(emitter)?.delete(name);
  const callback = removal.callbacks.find(isToSend);
  const [removedAt = ''] = removal.frames;
  if (callback === undefined) return null;
  const frames = place === '' ? [removedAt] : [removedAt, place];
  return leftUndone({ kind: 'removed', name, callback, frames, isOneOff: true });
}
