import type { Notification } from '../notification/notification.ts';

export type Handler = (notification: Notification) => unknown;

/**
 * The function that a module of the user's exports by default; CommonJS may export it as `module.exports`.
 * @throws TypeError that says what was found instead.
 */
export function readHandler(module: unknown): Handler {
  if (!hasDefault(module)) throw new TypeError('it has no default export');
  // A CommonJS module compiled from ESM has its own `default` below the one that `import()` gives it.
  const found = hasDefault(module.default) ? module.default.default : module.default;
  if (isHandler(found)) return found;
  throw new TypeError(`its default export is ${found === null ? 'null' : typeof found}, not a function`);
}

function hasDefault(value: unknown): value is { readonly default: unknown } {
  return typeof value === 'object' && value !== null && 'default' in value;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
