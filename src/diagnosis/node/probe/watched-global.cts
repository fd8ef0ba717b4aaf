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
 * descriptor and defines it again finds the value that it had kept.
 */
export function watchGlobal(name: string, watch: GlobalWatch): WatchedGlobal {
  const original: unknown = Reflect.get(globalThis, name);
  let isTelling = false;
  let seen = original;

  const report = (action: () => void) => {
    if (isTelling) return;
    isTelling = true;
    attempt(action);
    isTelling = false;
  };
  const stand = (value: unknown) => {
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (value !== original) report(() => watch.asked(value));
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
  stand(original);
  return {
    look: () => {
      const found = Object.getOwnPropertyDescriptor(globalThis, name);
      if (found === undefined) return;
      if ('value' in found) stand(found.value);
      report(() => notice(Reflect.get(globalThis, name)));
    },
  };
}
