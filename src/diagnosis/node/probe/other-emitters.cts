import { EventEmitter } from 'node:events';
import { listenersFor } from './listeners.cjs';
import { whereWritten } from './own-inspector.cjs';
import { firstOf, followPlace, onOwnScript, plainName } from './own-scripts.cjs';
import { isToSend } from './removed-listeners.cjs';
import { onStopsForgotten, type StoppedFrame } from './stops.cjs';
import { isFunction } from './wrap.cjs';

/** Emitters to which the program's own code listens, by the name of the event. */
const listened = new Map<string, Set<WeakRef<object>>>();
const namesKept = 100;
const emittersKept = 20;

const calls =
  /(?<![\w$.#])((?:[\w$#]+\s*\??\.\s*){1,4})(on|once|addListener|prependListener|addEventListener)\s*\(/g;

/** Events of Node's own objects, of which there are many alike. */
const ofNode =
  /^['"`](?:data|end|error|close|finish|exit|message|open|connect\w*|listening|request|response|readable|drain|timeout|upgrade|line|abort\w*|uncaught\w*|unhandled\w*|beforeExit|disconnect|SIG\w+|spawn|online|ready|pipe|lookup|socket|continue|reset)['"`]$/;

/** Learns which emitters the program listens to. */
export function followListening(): void {
  onStopsForgotten(() => listened.clear());
  onOwnScript(/\.\s*(?:on|once|addListener|prependListener|addEventListener)\s*\(/, (script) => {
    for (const found of script.code.matchAll(calls)) {
      const [text, path = ''] = found;
      const name = firstOf(script, found.index + text.length - 1);
      if (!plainName.test(name) || ofNode.test(name)) continue;
      const receiver = path.replace(/\s*\??\.\s*$/, '');
      followPlace(script, found.index + path.length, {
        reached: ([frame]) => frame !== undefined && listens(frame, receiver, name),
      });
    }
  });
}

function listens(frame: StoppedFrame, receiver: string, expression: string): void {
  const object = frame.valueOf(receiver);
  const name = frame.valueOf(expression);
  if (typeof name !== 'string' || !(object instanceof EventEmitter || object instanceof EventTarget)) return;
  const emitters = listened.get(name) ?? new Set();
  if (listened.size < namesKept) listened.set(name, emitters);
  if (emitters.size < emittersKept) emitters.add(new WeakRef(object));
}

/** The listener that is to send, where another emitter than the one that was given has it, and no third one; null otherwise. */
export function listeningElsewhere(name: string, than: object): object | null {
  const others = new Set<object>();
  for (const reference of listened.get(name) ?? []) {
    const object = reference.deref();
    if (object !== undefined) others.add(object);
  }
  const [other] = others;
  if (other === undefined || other === than || others.size > 1 || !isOfProgram(other)) return null;
  const emit: unknown = Reflect.get(other, other instanceof EventTarget ? 'dispatchEvent' : 'emit');
  if (!isFunction(emit)) return null;
  const listeners = listenersFor({ object: other, emit }, name);
  return listeners.map(({ callback }) => callback).find(isToSend) ?? null;
}

/** A package's emitters are fed by the package. */
function isOfProgram(emitter: object): boolean {
  const made = emitter.constructor;
  return made === EventEmitter || made === EventTarget || whereWritten(made) !== null;
}
