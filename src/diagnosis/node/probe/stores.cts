import { memberOf, objectOf, propertiesOf, type Remote } from './own-inspector.cjs';

/**
 * Where a function puts what it is given, for other code to take and send: its request comes of that code. Null where
 * the list itself is not found.
 */
export interface Store {
  readonly list: WeakRef<object> | null;
}

/** What a call is made on and its name, as it is written: `this`, `#outbox`, `push`. */
type Path = readonly string[];

const puts = /^(?:push|unshift|add|set|append|enqueue|put|offer)$/;
const names = /(?:^now|[iI]d|^to[A-Z]\w*|log|info|debug)$/;
const listKinds = /^(?:array|map|set)$/;

/** `calls` are those of the function that may lead anywhere; `self` is the object whose method it is. */
export function storeOf(
  calls: readonly Path[],
  self: Remote | null,
  variables: ReadonlyMap<string, Remote>,
): Store | null {
  const putting = calls.filter((path) => path.length > 1 && puts.test(path.at(-1) ?? ''));
  for (const path of putting) {
    const list = listAt(path.slice(0, -1), self, variables);
    if (list !== null) return { list: new WeakRef(list) };
  }
  const putsOnly = calls.every((path) => {
    const name = path.at(-1) ?? '';
    return puts.test(name) || names.test(name);
  });
  return putsOnly && calls.some((path) => puts.test(path.at(-1) ?? '')) ? { list: null } : null;
}

function listAt(
  [head = '', ...rest]: Path,
  self: Remote | null,
  variables: ReadonlyMap<string, Remote>,
): object | null {
  let value: Remote | null = head === 'this' ? self : (variables.get(head) ?? null);
  for (const name of rest) value = value === null ? null : fieldOf(value, name);
  return value !== null && listKinds.test(value.subtype ?? '') ? objectOf(value) : null;
}

function fieldOf(remote: Remote, name: string): Remote | null {
  if (!name.startsWith('#')) return memberOf(remote, name);
  return propertiesOf(remote).privateProperties.find((property) => property.name === name)?.value ?? null;
}

/** An entry of a list, kept to see whether it is taken out. */
export interface Entry {
  readonly value: unknown;
}

/** A longer one is not gone through. */
const longest = 1000;

/** What was put in last; null where there is nothing in it. */
export function lastIn(list: object): Entry | null {
  const values = valuesOf(list);
  return values.length === 0 ? null : { value: values[values.length - 1] };
}

export function holds(list: object, { value }: Entry): boolean {
  return valuesOf(list).includes(value);
}

function valuesOf(list: object): readonly unknown[] {
  if (Array.isArray(list)) return list.slice(-longest);
  const isSmall = (list instanceof Map || list instanceof Set) && list.size <= longest;
  if (!isSmall) return [];
  return list instanceof Map ? [...list.values()] : [...list];
}
