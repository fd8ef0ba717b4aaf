import { attempt } from './wrap.cjs';

export interface GlobalWatch {
  /** The program has put another value in place of Node's, or Node's again. */
  changed(value: unknown): void;
  /** It asks for the value, which is not Node's. */
  asked(value: unknown): void;
}

export interface WatchedGlobal {
  /** The program may have defined the property anew, of which nobody hears. */
  look(): void;
}

/**
 * Watches a global function of Node's. Each value has an accessor of its own, so that who keeps the property's
 * descriptor and defines it again finds the value that it had kept. Node's own is left as it was where `look` is called
 * often enough to notice another one: mocks such as node:test's refuse an accessor.
 */
export function watchGlobal(
  name: string,
  watch: GlobalWatch,
  whileOfNode: 'accessor' | 'as it was',
): WatchedGlobal {
  const original = Object.getOwnPropertyDescriptor(globalThis, name);
  const ofNode: unknown = Reflect.get(globalThis, name);
  let isReporting = false;
  let seen = ofNode;

  const report = (action: () => void) => {
    if (isReporting) return;
    isReporting = true;
    attempt(action);
    isReporting = false;
  };
  const stand = (value: unknown) => {
    if (value === ofNode && original !== undefined && whileOfNode === 'as it was') {
      Object.defineProperty(globalThis, name, original);
      return;
    }
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (value !== ofNode) report(() => watch.asked(value));
        return value;
      },
      set(next: unknown) {
        stand(next);
        report(() => notice(next));
      },
    });
  };
  const notice = (value: unknown) => {
    if (value === seen) return;
    seen = value;
    watch.changed(value);
  };
  if (whileOfNode === 'accessor') stand(ofNode);
  return {
    look: () => {
      const found = Object.getOwnPropertyDescriptor(globalThis, name);
      if (found === undefined) return;
      if ('value' in found && (found.value !== ofNode || whileOfNode === 'accessor')) stand(found.value);
      report(() => notice(Reflect.get(globalThis, name)));
    },
  };
}
