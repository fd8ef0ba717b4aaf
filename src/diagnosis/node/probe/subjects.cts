import { onceLoaded, prototypeOf } from './loaded-modules.cjs';
import { marks } from './marks.cjs';
import { emit, now } from './sink.cjs';
import { framesInText, stackHere } from './stack.cjs';
import { isObject, wrapMethod } from './wrap.cjs';

interface Subscribed {
  /** When its first and its latest value was given to somebody. */
  readonly since: number;
  last: number;
}

const subscribed = marks<Subscribed>();

let latestError: { readonly at: number; readonly text: string; readonly frames: readonly string[] } | null =
  null;

/** Values that a Subject of RxJS gives nobody, since an error has ended its last subscription. */
export function followSubjects(): void {
  onceLoaded(/[\\/]rxjs[\\/]dist[\\/]cjs[\\/]internal[\\/]Subscriber\.js$/, (_file, exported) => {
    const prototype = prototypeOf(exported, 'Subscriber');
    if (prototype !== null) wrapMethod(prototype, 'error', ([error]) => passedOn(error));
  });
  onceLoaded(/[\\/]rxjs[\\/]dist[\\/]cjs[\\/]internal[\\/]Subject\.js$/, (_file, exported) => {
    const prototype = prototypeOf(exported, 'Subject');
    if (prototype !== null)
      wrapMethod(prototype, 'next', (_value, subject) => {
        if (isObject(subject)) given(subject);
      });
  });
}

function passedOn(error: unknown): void {
  if (!(error instanceof Error)) return;
  // One error passes through each operator of a stream.
  const text = `${error.name}: ${error.message.split('\n')[0] ?? ''}`.slice(0, 300);
  latestError = { at: now(), text, frames: framesInText(error.stack) };
}

function given(subject: object): void {
  const observers: unknown = Reflect.get(subject, 'observers');
  const known = subscribed.of(subject);
  if (Array.isArray(observers) && observers.length > 0) {
    if (known === null) subscribed.set(subject, { since: now(), last: now() });
    else known.last = now();
    return;
  }
  // Whoever completes a subject gives it no more values, or means none.
  if (known === null || Reflect.get(subject, 'isStopped') === true) return;
  if (latestError === null || latestError.at < known.last) return;
  const { text: error, frames } = latestError;
  emit({ e: 'unsubscribed', t: now(), since: known.since, error, frames, stack: stackHere() });
}
