import readline from 'node:readline';
import promises from 'node:readline/promises';
import { leftUndone } from './left-undone.cjs';
import { endOfBracket } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import { placeOf, readSource, withoutStrings } from './source-text.cjs';
import { userFramesHere } from './stack.cjs';
import { attempt, isFunction, isObject, wrapCall, wrapMethod } from './wrap.cjs';

/** Readers of lines to which nobody has listened so far, by where they were made. */
const made = new WeakMap<object, readonly string[]>();

/** A reader of lines reads at once: what comes before somebody listens is lost. */
export function followLines(): void {
  for (const holder of [readline, promises]) {
    wrapCall(holder, 'createInterface', (target, self, args) => {
      const frames = userFramesHere();
      const reader: unknown = Reflect.apply(target, self, args);
      // What its input has given to others before says nothing.
      attempt(() => {
        if (isObject(reader) && frames.length > 0 && !hasRead(reader)) made.set(reader, frames);
      });
      return reader;
    });
    // Whoever asks takes the next line for the answer.
    wrapMethod(holder.Interface.prototype, 'question', (_args, reader) => {
      if (isObject(reader)) made.delete(reader);
    });
  }
  const base: unknown = Object.getPrototypeOf(readline.Interface.prototype);
  if (!isObject(base)) return;
  for (const name of ['on', 'once', 'addListener', 'prependListener'])
    wrapMethod(base, name, ([event, callback], reader) => {
      if (event === 'line' && isObject(reader)) listens(reader, isFunction(callback) ? callback : null);
    });
  wrapMethod(base, Symbol.asyncIterator, (_args, reader) => {
    if (isObject(reader)) listens(reader, null);
  });
}

function hasRead(reader: object): boolean {
  const input: unknown = Reflect.get(reader, 'input');
  return isObject(input) && Reflect.get(input, 'readableDidRead') === true;
}

/** The first that does. */
function listens(reader: object, callback: object | null): void {
  const frames = made.get(reader);
  if (frames === undefined) return;
  made.delete(reader);
  const [place] = userFramesHere();
  if (place === undefined || !hasRead(reader)) return;
  if (callback === null && !sendsInLoop(place)) return;
  leftUndone({ kind: 'lines', name: 'line', callback, frames: [place, ...frames], isOneOff: true });
}

/** Whether the loop over the lines at a place sends something. */
function sendsInLoop(frame: string): boolean {
  const { file, line, column } = placeOf(frame);
  const source = readSource(file);
  const lines = withoutStrings(source)
    .split('\n')
    .slice(line - 1);
  const text = lines.join('\n');
  const head = /\bfor\s+await\s*\(/.exec(text);
  if (head === null || head.index > column) return false;
  const closes = endOfBracket(text, head.index + head[0].length - 1);
  const opens = text.indexOf('{', closes);
  const isBlock = /^\)\s*\{/.test(text.slice(closes));
  const body = isBlock ? text.slice(opens, endOfBracket(text, opens)) : text.slice(closes).split(';')[0];
  return sendsByWay(body ?? '', source);
}
