import { isObject } from '../../json-object.ts';
import type { ProbeEvent } from './event.ts';

type Check = (value: unknown) => boolean;

/**
 * One line of a record; null where it is none. The program can write to the probe's file, too, so the fields on which the
 * rules rely are checked, though without a schema's cost: a million lines must be read as fast as they are written.
 */
export function decodeEvent(line: string): ProbeEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : null;
  } catch {
    return null;
  }
}

function isEvent(value: unknown): value is ProbeEvent {
  if (!isObject(value) || typeof value.e !== 'string') return false;
  for (const field in value) if (checks.get(field)?.(value[field]) === false) return false;
  return (required.get(value.e) ?? []).every((field) => value[field] !== undefined);
}

/** JSON has no infinity, so that one comes as null. */
const isNumber: Check = (value) => typeof value === 'number' || value === null;
const isText: Check = (value) => typeof value === 'string' || value === null;
const isTexts: Check = (value) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isEnd: Check = (value) => isObject(value) && typeof value.kind === 'string';

/** By name: a field means the same in every event. */
const checks = new Map<string, Check>([
  ...[
    't',
    'r',
    'n',
    'tid',
    'pid',
    'ppid',
    'stack',
    'status',
    'delayMs',
    'limitMs',
    'debugPort',
    'waitedMs',
  ].map((field): [string, Check] => [field, isNumber]),
  ...[
    'method',
    'origin',
    'path',
    'body',
    'file',
    'call',
    'name',
    'message',
    'by',
    's',
    'encoding',
    'data',
  ].map((field): [string, Check] => [field, isText]),
  ...['frames', 'ports', 'limits'].map((field): [string, Check] => [field, isTexts]),
  ['timers', (value) => Array.isArray(value) && value.every(isObject)],
  ['to', isEnd],
  ['from', isEnd],
]);

type FieldsOf = { readonly [Code in ProbeEvent['e']]?: readonly (keyof Extract<ProbeEvent, { e: Code }>)[] };

/** Without these the event says nothing. */
const requiredOf: FieldsOf = {
  thread: ['t', 'file', 'ports'],
  stack: ['id', 'frames'],
  beat: ['t'],
  request: ['t', 'r', 'client', 'method', 'origin', 'path'],
  count: ['t', 'origin', 'path', 'n'],
  state: ['t', 'r', 's'],
  headers: ['t', 'r', 'status'],
  reply: ['r', 'encoding', 'data'],
  fail: ['t', 'r', 'by', 'code', 'message', 's'],
  stop: ['t', 'call'],
  worker: ['t', 'tid', 'name', 'ports'],
  exit: ['t', 'timers'],
  uncaught: ['t', 'name', 'message', 'frames'],
  post: ['t', 'to', 'n'],
  taken: ['t', 'from', 'n'],
  reads: ['t', 'from'],
  overflow: ['t', 'delayMs', 'frames'],
};

const required = new Map<string, readonly string[]>(Object.entries(requiredOf));
