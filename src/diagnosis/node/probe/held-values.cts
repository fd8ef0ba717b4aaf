import { leftUndone } from './left-undone.cjs';
import { onceLoaded } from './loaded-modules.cjs';
import {
  frameOfFunction,
  inspectWith,
  objectOf,
  type Remote,
  remoteOf,
  variablesOf,
} from './own-inspector.cjs';
import { purposeOfCallback } from './purpose.cjs';
import { isFunction, isObject, wrapCall } from './wrap.cjs';

/** An operator of RxJS that keeps values for later, by what it does with each. */
interface Keeper {
  readonly subscriber: WeakRef<object>;
  readonly onNext: object;
}

const keepers: Keeper[] = [];
const keepersKept = 50;
/** What each subscriber of an operator calls. */
const calledBy = new WeakMap<object, object>();
const sourceOf = Function.prototype.toString;
const keepsValues = /\b(?:bufferRecords|buffers|currentBuffer|lastValue|sendValue)\b/;
const operatorsLooked = 10;

/** Values that an operator such as bufferTime, bufferCount or debounceTime still holds when the thread ends. */
export function followHeldValues(): void {
  onceLoaded(
    /[\\/]rxjs[\\/]dist[\\/]cjs[\\/]internal[\\/]operators[\\/]OperatorSubscriber\.js$/,
    (_file, exported) => {
      if (!isObject(exported)) return;
      wrapCall(exported, 'createOperatorSubscriber', (target, self, args) => {
        const subscriber: unknown = Reflect.apply(target, self, args);
        const [, onNext] = args;
        if (isObject(subscriber) && isFunction(onNext)) {
          calledBy.set(subscriber, onNext);
          if (keepers.length < keepersKept && keepsValues.test(sourceOf.call(onNext)))
            keepers.push({ subscriber: new WeakRef(subscriber), onNext });
        }
        return subscriber;
      });
    },
  );
}

/** Asked at the end of the thread. */
export function reportHeldValues(): void {
  for (const { subscriber, onNext } of keepers.splice(0)) {
    const held = subscriber.deref();
    if (held === undefined || Reflect.get(held, 'closed') === true) continue;
    inspectWith(() => {
      const remote = remoteOf(onNext);
      const name = remote === null ? null : holderOf(variablesOf(remote));
      const receiver = name === null ? null : receiverBehind(held);
      if (name === null || receiver === null) return;
      leftUndone({
        kind: 'held',
        name,
        callback: receiver.callback,
        frames: [receiver.place],
        isOneOff: true,
      });
    }, undefined);
  }
}

/** Which operator has variables like these, where it holds a value that it will give on; null where it does not. */
function holderOf(variables: ReadonlyMap<string, Remote>): string | null {
  const value = (name: string): unknown => variables.get(name)?.value;
  const list = (name: string): readonly unknown[] => {
    const variable = variables.get(name);
    const found: unknown = variable?.subtype === 'array' ? objectOf(variable) : null;
    return Array.isArray(found) ? found : [];
  };
  if (
    list('bufferRecords').some((record) => isFilled(isObject(record) ? Reflect.get(record, 'buffer') : null))
  )
    return 'bufferTime';
  // Buffers that overlap always hold the beginning of the next one.
  const isPlain = value('startBufferEvery') === value('bufferSize');
  if (isPlain && list('buffers').some(isFilled)) return 'bufferCount';
  if (list('currentBuffer').length > 0) return 'buffer';
  if (variables.get('activeTask')?.objectId !== undefined && variables.has('lastTime')) return 'debounceTime';
  if (value('hasValue') !== true) return null;
  if (variables.has('trailing')) return value('trailing') === true ? 'throttle' : null;
  return variables.has('durationSubscriber') ? 'audit or debounce' : null;
}

function isFilled(buffer: unknown): boolean {
  return Array.isArray(buffer) && buffer.length > 0;
}

/** The first function of the program's own, down the stream, that is to send. */
function receiverBehind(subscriber: object): { readonly callback: object; readonly place: string } | null {
  let at: unknown = Reflect.get(subscriber, 'destination');
  for (let steps = 0; isObject(at) && steps < operatorsLooked; steps++) {
    for (const callback of functionsOf(at)) {
      const place = frameOfFunction(callback);
      if (place === null) continue;
      const { leads } = purposeOfCallback(callback);
      if (leads === 'surely' || leads === 'likely') return { callback, place };
    }
    at = Reflect.get(at, 'destination');
  }
  return null;
}

function functionsOf(subscriber: object): readonly object[] {
  const observer: unknown = Reflect.get(subscriber, 'partialObserver');
  const next: unknown = isObject(observer) ? Reflect.get(observer, 'next') : null;
  const onNext = calledBy.get(subscriber);
  const remote = onNext === undefined ? null : remoteOf(onNext);
  const variables = remote === null ? [] : [...variablesOf(remote).values()];
  return [
    ...(isFunction(next) ? [next] : []),
    ...variables.filter(({ type }) => type === 'function').flatMap((variable) => objectOf(variable) ?? []),
  ];
}
