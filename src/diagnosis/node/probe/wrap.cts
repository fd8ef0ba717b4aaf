/**
 * Replaces a method by one that first calls `before`. A Proxy keeps name, length, prototype and statics, and what
 * `before` throws never reaches the program.
 */
export function wrapMethod(
  holder: object,
  name: PropertyKey,
  before: (args: readonly unknown[], self: unknown) => void,
): void {
  wrapCall(holder, name, (target, self, args) => {
    attempt(() => before(args, self));
    return Reflect.apply(target, self, args);
  });
}

/**
 * Replaces a method that is called with every request by one written for it: a Proxy costs more than all that the
 * probe does there.
 */
export function replaceFunction(
  holder: object,
  name: string,
  original: object,
  replacement: (this: never, ...args: never[]) => unknown,
): void {
  for (const key of ['name', 'length']) {
    Object.defineProperty(replacement, key, { value: Reflect.get(original, key), configurable: true });
  }
  replaceProperty(holder, name, replacement);
}

export type AnyFunction = (...args: never[]) => unknown;

export function wrapCall(
  holder: object,
  name: PropertyKey,
  call: (target: AnyFunction, self: unknown, args: unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(holder, name);
  if (!isFunction(original)) return;
  replaceProperty(
    holder,
    name,
    new Proxy(original, { apply: (target, self, args) => call(target, self, args) }),
  );
}

/** Replaces a class by one whose construction passes through `construct`. */
export function wrapClass(
  holders: readonly object[],
  name: string,
  construct: (target: AnyFunction, args: unknown[], newTarget: AnyFunction) => object,
): void {
  for (const holder of holders) {
    const original: unknown = Reflect.get(holder, name);
    if (!isFunction(original)) continue;
    const wrapped: unknown = new Proxy(original, {
      construct: (target, args, newTarget) =>
        construct(target, args, newTarget === wrapped || !isFunction(newTarget) ? target : newTarget),
    });
    replaceProperty(holder, name, wrapped);
  }
}

/** Runs `set` before the setter of an accessor property. */
export function wrapSetter(
  holder: object,
  name: string,
  before: (self: unknown, value: unknown) => void,
): void {
  const existing = Object.getOwnPropertyDescriptor(holder, name);
  const setter = existing?.set;
  if (existing === undefined || setter === undefined || existing.configurable !== true) return;
  Object.defineProperty(holder, name, {
    ...existing,
    set(this: unknown, value: unknown) {
      attempt(() => before(this, value));
      Reflect.apply(setter, this, [value]);
    },
  });
}

export function replaceProperty(holder: object, name: PropertyKey, value: unknown): void {
  const existing = Object.getOwnPropertyDescriptor(holder, name);
  if (existing !== undefined && existing.configurable !== true && existing.writable !== true) return;
  const kind =
    existing !== undefined && !('value' in existing)
      ? { configurable: true, writable: true, enumerable: existing.enumerable ?? false }
      : { configurable: true, writable: true, ...existing };
  Object.defineProperty(holder, name, { ...kind, value });
}

/** The probe's own failures stay with the probe. */
export function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Observing less is right; disturbing the program never is.
  }
}

export function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
