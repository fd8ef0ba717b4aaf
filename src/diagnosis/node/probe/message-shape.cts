import { isObject } from './wrap.cjs';

const mostKeys = 12;
/** Fields by whose value messages are told apart. */
const kinds = /^(?:type|kind|event|action|cmd|command|op|topic|name)$/;

/** What two messages of one kind have in common; null where that says nothing. */
export function shapeOf(message: unknown): string | null {
  if (typeof message === 'string') return 'text';
  if (!isObject(message) || ![Object.prototype, null].includes(Object.getPrototypeOf(message))) return null;
  const keys = Object.keys(message)
    .filter((key) => Object.getOwnPropertyDescriptor(message, key)?.value !== undefined)
    .sort();
  if (keys.length === 0 || keys.length > mostKeys) return null;
  return keys
    .map((key) => {
      const value: unknown = kinds.test(key) ? Object.getOwnPropertyDescriptor(message, key)?.value : null;
      return typeof value === 'string' ? `${key}=${value}` : key;
    })
    .join(' ')
    .slice(0, 200);
}
