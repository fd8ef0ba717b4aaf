import { isObject } from '../../json-object.ts';
import type { EventName, MessageEnd, ProbeEvent, ProbeEvents } from './protocol.ts';

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
  for (const field in value) {
    const kind = kinds.get(field);
    if (kind !== undefined && !isOfKind[kind](value[field])) return false;
  }
  return (required.get(value.e) ?? []).every((field) => value[field] !== undefined);
}

const isOfKind = {
  /** JSON has no infinity, so that one comes as null. */
  number: (value: unknown) => typeof value === 'number' || value === null,
  text: (value: unknown) => typeof value === 'string' || value === null,
  texts: (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  objects: (value: unknown) => Array.isArray(value) && value.every(isObject),
  messageEnd: (value: unknown) => isObject(value) && typeof value.kind === 'string',
} as const;

type Kind = keyof typeof isOfKind;

/** Every event that has the field must have it of one kind: another event's would be dropped. */
type KindOf<Value> = [Value] extends [number | null]
  ? 'number'
  : [Value] extends [string | null]
    ? 'text'
    : [Value] extends [readonly string[]]
      ? 'texts'
      : [Value] extends [MessageEnd]
        ? 'messageEnd'
        : [Value] extends [readonly object[]]
          ? 'objects'
          : never;

type FieldName = ProbeEvent extends infer Event ? (Event extends unknown ? keyof Event : never) : never;

type FieldKinds = { readonly [Field in FieldName]?: KindOf<FieldOf<ProbeEvent, Field>> };

type FieldOf<Event, Field extends PropertyKey> = Event extends { readonly [Name in Field]?: unknown }
  ? Field extends keyof Event
    ? NonNullable<Event[Field]>
    : never
  : never;

const kindOf: FieldKinds = {
  t: 'number',
  r: 'number',
  n: 'number',
  tid: 'number',
  pid: 'number',
  ppid: 'number',
  stack: 'number',
  status: 'number',
  delayMs: 'number',
  limitMs: 'number',
  debugPort: 'number',
  heapLimit: 'number',
  ino: 'number',
  bornAt: 'number',
  usedBytes: 'number',
  port: 'number',
  waitedMs: 'number',
  later: 'number',
  method: 'text',
  origin: 'text',
  path: 'text',
  body: 'text',
  file: 'text',
  call: 'text',
  name: 'text',
  message: 'text',
  by: 'text',
  s: 'text',
  encoding: 'text',
  data: 'text',
  error: 'text',
  calls: 'text',
  emittedAt: 'text',
  hears: 'text',
  frames: 'texts',
  takenAt: 'texts',
  closedAt: 'texts',
  ports: 'texts',
  limits: 'texts',
  sentFor: 'texts',
  others: 'texts',
  misplaced: 'texts',
  skips: 'texts',
  timers: 'objects',
  to: 'messageEnd',
  from: 'messageEnd',
};

const kinds = new Map<string, Kind>(Object.entries(kindOf));

type FieldsOf = { readonly [Name in EventName]?: readonly (keyof ProbeEvents[Name])[] };

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
  restated: ['r', 'later'],
  'server-sends': ['port', 'sends'],
  'loop-stopped': ['t', 'call'],
  worker: ['t', 'tid', 'name', 'ports'],
  exit: ['t', 'timers'],
  notifies: ['t', 'id'],
  uncaught: ['t', 'name', 'message', 'frames'],
  swallowed: ['t', 'seenAt', 'error', 'frames', 'takenAt'],
  caught: ['t', 'error', 'frames'],
  'heap-full': ['t', 'usedBytes'],
  post: ['t', 'to', 'n'],
  taken: ['t', 'from', 'n'],
  dropped: ['t', 'from', 'n'],
  unheard: ['t', 'from', 'misplaced'],
  unreadable: ['t', 'from', 'n'],
  'read-once': ['t', 'from', 'n', 'frames'],
  unanswered: ['t', 'from', 'n'],
  reads: ['t', 'from'],
  'channel-sender': ['t', 'name', 'sentFor', 'others'],
  'jobs-dropped': ['t', 'pool', 'n'],
  'left-undone': ['t', 'id', 'kind', 'name'],
  'file-watched': ['t', 'id', 'path', 'ino', 'bornAt'],
  overflow: ['t', 'delayMs', 'frames'],
  'too-late': ['t', 'origin', 'path'],
  unsubscribed: ['t', 'since', 'error', 'frames'],
};

const required = new Map<string, readonly string[]>(Object.entries(requiredOf));
