import { isShutdownCode } from '../../source/shutdown-code.ts';
import { leftUndone, type Undone } from './left-undone.cjs';
import { endOfBracket, followPlace, type OwnScript, onOwnScript } from './own-scripts.cjs';
import { isSender, sendsByWay } from './sending-code.cjs';
import type { StoppedFrame } from './stops.cjs';
import { isFunction, isObject } from './wrap.cjs';

/** A queue of jobs that the program has paused, by its name: its producer and its consumer are objects of their own. */
interface Pause {
  readonly place: string;
  undone: Undone | null;
}

const pauses = new Map<string, Pause>();
/** Names of the queues whose jobs the program runs by itself, with code that sends. */
const consumed = new Set<string>();
const namesKept = 100;

const calls =
  /(?<![\w$.#])((?:[\w$#]+\s*\.\s*){0,3}[\w$#]+)\s*\.\s*(pause|resume|add|addBulk|createJob|process)\s*\(/g;
const consumers = /\bnew\s+(?:[\w$]+\s*\.\s*)?\w*(?:Worker|Processor|Consumer)\w*\s*\(/g;
const plainName = /^(?:'[^'\\]*'|"[^"\\]*"|[\w$#]+(?:\s*\.\s*[\w$#]+){0,3})$/;

/** Jobs that the program gives a queue which it has paused and does not let go on. */
export function followPausedQueues(): void {
  onOwnScript(/\bnew\s+[\w$.\s]*(?:Worker|Processor|Consumer)|\.\s*(?:pause|process)\s*\(/, (script) => {
    for (const found of script.code.matchAll(consumers)) followConsumer(script, found.index, found[0]);
  });
  onOwnScript(/\.\s*pause\s*\(/, (script) => {
    for (const found of script.code.matchAll(calls)) followCall(script, found);
  });
}

function followConsumer(script: OwnScript, at: number, head: string): void {
  const [name = '', job = ''] = argumentsFrom(script, at + head.length - 1);
  if (!plainName.test(name) || !sendsAsJob(job, script)) return;
  once(script, at, (frame) => consume(frame.valueOf(name)));
}

function followCall(script: OwnScript, found: RegExpExecArray): void {
  const [text, receiver = '', method = ''] = found;
  if (method === 'process') {
    const job = argumentsFrom(script, found.index + text.length - 1).at(-1) ?? '';
    if (sendsAsJob(job, script))
      once(script, found.index, (frame) => consume(nameOf(frame.valueOf(receiver))));
    return;
  }
  once(script, found.index, (frame) => {
    const name = nameOf(frame.valueOf(receiver));
    if (name === null) return;
    if (method === 'pause' && !isShutdownCode(frame.name)) paused(name, frame.place);
    else if (method === 'resume') resumed(name);
    else if (method !== 'pause') given(name, frame.place);
  });
}

function once(script: OwnScript, at: number, reached: (frame: StoppedFrame) => void): void {
  followPlace(script, at, {
    reached: ([frame]) => {
      if (frame !== undefined) reached(frame);
    },
  });
}

/** As they are written. */
function argumentsFrom({ code, text }: OwnScript, opens: number): readonly string[] {
  const closes = endOfBracket(code, opens);
  const found: string[] = [];
  let from = opens + 1;
  for (let at = from; at <= closes; at++) {
    if ('([{'.includes(code.charAt(at))) at = endOfBracket(code, at);
    else if (at === closes || code.charAt(at) === ',') {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return found;
}

function sendsAsJob(job: string, { text }: OwnScript): boolean {
  if (/^[\w$]+$/.test(job)) return isSender(job, text);
  return /=>|^(?:async\s+)?function\b/.test(job) && sendsByWay(job, text);
}

/** Of an object that can be paused and let go on; what has no name of its own is known by other signs. */
function nameOf(object: unknown): string | null {
  if (!isObject(object) || isFunction(object) || !isFunction(Reflect.get(object, 'resume'))) return null;
  const name: unknown = Object.getOwnPropertyDescriptor(object, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : null;
}

function consume(name: unknown): void {
  if (typeof name === 'string' && consumed.size < namesKept) consumed.add(name);
}

function paused(name: string, place: string): void {
  if (!pauses.has(name) && pauses.size < namesKept) pauses.set(name, { place, undone: null });
}

function resumed(name: string): void {
  pauses.get(name)?.undone?.done();
  pauses.delete(name);
}

function given(name: string, place: string): void {
  const pause = pauses.get(name);
  if (pause === undefined || pause.undone !== null || !consumed.has(name)) return;
  const frames = [place, pause.place];
  pause.undone = leftUndone({ kind: 'paused', name, callback: null, frames, isOneOff: true });
}
