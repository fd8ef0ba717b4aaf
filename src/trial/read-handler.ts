import type { Notification } from '../notification/notification.ts';

export type Handler = (notification: Notification) => unknown;

/**
 * The function `send` that a module of the user's exports, or its default export; CommonJS may write `module.exports`.
 * @throws TypeError that says what was found instead.
 */
export function readHandler(module: unknown): Handler {
  const named = exported(module, 'send');
  if (isHandler(named)) return named;
  const byDefault = exported(module, 'default');
  if (byDefault === undefined)
    throw new TypeError('it exports neither a function send nor a default function');
  // A CommonJS module compiled from ESM has its own exports below the default that `import()` gives it.
  const found = [byDefault, exported(byDefault, 'send'), exported(byDefault, 'default')].find(isHandler);
  if (found !== undefined) return found;
  const kind = byDefault === null ? 'null' : typeof byDefault;
  throw new TypeError(`it exports no function send, and its default export is ${kind}, not a function`);
}

function exported(module: unknown, name: string): unknown {
  return typeof module === 'object' && module !== null ? Reflect.get(module, name) : undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
