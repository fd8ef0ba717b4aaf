import readline from 'node:readline';
import { types } from 'node:util';
import { openHeads } from '../../source/source-text.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import { endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** A loop over what a variable or property holds. */
interface Loop {
  /** What it goes through, as it is written. */
  readonly subject: string;
  /** Where that is evaluated: once, as the loop begins. */
  readonly begins: number;
  readonly from: number;
  readonly to: number;
}

const heads =
  /\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s+(?:[\w$]+|\[[^[\]]*\]|\{[^{}]*\})\s+of\s+((?:[\w$]+\s*\.\s*)*#?[\w$]+)\s*\)/g;

/** Iterators that a loop left before they had come to their end: that closes them, and the next loop gets nothing. */
const leftAt = new WeakMap<object, string>();
/** Those that another loop began to go through afterwards: what they hold already, some of them still give. */
const begunAgain = new WeakMap<object, Undone>();
const AsyncIterator: unknown = Reflect.getPrototypeOf(
  Reflect.getPrototypeOf(Reflect.getPrototypeOf((async function* () {})()) ?? {}) ?? {},
);

/** Loops that are to send what an iterator gives, after another loop over the same one has left it by `break` or `return`. */
export function followClosedIterators(): void {
  onOwnScript(/\bfor\b[^;{}]*\bof\b/, (script) => {
    const loops = [...script.code.matchAll(heads)].map((found) => loopOf(script, found));
    for (const subject of new Set(loops.map((loop) => loop.subject))) {
      const ofSubject = loops.filter((loop) => loop.subject === subject);
      const ways = ofSubject.flatMap((loop) => waysOutOf(script, loop));
      if (ways.length === 0) continue;
      const sending = ofSubject.filter(({ from, to }) =>
        sendsByWay(script.text.slice(from, to), script.text),
      );
      for (const loop of sending) followLoop(script, loop);
      if (sending.length > 0) for (const way of ways) followWayOut(script, way, subject);
    }
  });
}

function followWayOut(script: OwnScript, at: number, subject: string): void {
  followPlace(script, at, {
    reached: ([frame]) => {
      const iterator = frame?.valueOf(subject);
      if (frame !== undefined && isIterator(iterator)) leftAt.set(iterator, frame.place);
    },
  });
}

function followLoop(script: OwnScript, { subject, begins, from }: Loop): void {
  /** It comes round too often to be followed. */
  let isOver = false;
  const begun = new Set<Undone>();
  followPlace(script, begins, {
    reached: ([frame]) => {
      const iterator = frame?.valueOf(subject);
      const left = isIterator(iterator) ? leftAt.get(iterator) : undefined;
      if (isOver || frame === undefined || left === undefined || !isIterator(iterator)) return;
      leftAt.delete(iterator);
      const frames = [frame.place, left];
      const undone = leftUndone({ kind: 'closed', name: subject, callback: null, frames, isOneOff: true });
      if (undone === null) return;
      begun.add(undone);
      begunAgain.set(iterator, undone);
    },
  });
  const first = /^\s*\{?\s*/.exec(script.code.slice(from))?.[0].length ?? 0;
  followPlace(script, from + first, {
    reached: ([frame]) => {
      const iterator = frame?.valueOf(subject);
      if (isIterator(iterator)) begunAgain.get(iterator)?.done();
    },
    over: () => {
      isOver = true;
      for (const undone of begun) undone.done();
    },
  });
}

function loopOf({ code }: OwnScript, found: RegExpExecArray): Loop {
  const [head, subject = ''] = found;
  const from = found.index + head.length;
  const begins = from - 1 - (/[^()]*$/.exec(head.slice(0, -1))?.[0].length ?? 0);
  const at = begins + (code.slice(begins, from).indexOf(subject) >>> 0);
  const opener = /^\s*\{/.exec(code.slice(from));
  const end = code.indexOf('\n', from);
  const to =
    opener === null ? (end === -1 ? code.length : end) : endOfBracket(code, from + opener[0].length - 1);
  return { subject, begins: at, from, to };
}

/** Where it is left before its end, in the loop itself and in none within it. */
function waysOutOf({ code }: OwnScript, { from, to }: Loop): readonly number[] {
  return [...code.slice(from, to).matchAll(/(?<![\w$.])(?:break|return)\b/g)]
    .filter(({ 0: word, index }) => !isWithin(code.slice(from, from + index), word))
    .map(({ index }) => from + index);
}

const opensLoop = /\b(?:for|while|switch)\b[^{}]*$|\bdo\s*$/;
const opensFunction = /=>\s*$|\bfunction\b[^{}]*$/;

function isWithin(before: string, word: string): boolean {
  return openHeads(before).some(
    (head) => opensFunction.test(head) || (word === 'break' && opensLoop.test(head)),
  );
}

/** One that gives its values once: a generator, what `on()` of node:events gives, a reader of lines. */
function isIterator(value: unknown): value is object {
  if (!isObject(value)) return false;
  if (types.isGeneratorObject(value) || value instanceof readline.Interface) return true;
  return (
    Reflect.getPrototypeOf(value) === AsyncIterator &&
    isFunction(Object.getOwnPropertyDescriptor(value, 'return')?.value)
  );
}
