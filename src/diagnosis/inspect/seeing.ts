import { asksForNews } from '../source/asks-for-news.ts';
import { type Conversation, field, objectGroup, textField } from './conversation.ts';
import { clientClasses, seeThread, type ThreadFacts } from './in-thread.ts';

/** What was seen of a thread, with the inspector's names for it, so that a second look knows the same objects. */
export interface Remembered {
  readonly facts: ThreadFacts;
  readonly seenId: string;
}

/** The thread's own account of itself; `before` makes its requests bear the same keys. */
export function* see(before: Remembered | null): Conversation<Remembered> {
  return yield* seeFrom([], before);
}

/**
 * The same, and requests to which no handle leads: queues of pools and agents. All emitters of the heap are asked for at
 * once, for which V8 collects its garbage first, as it does for a snapshot.
 */
export function* seeEmitters(before: Remembered): Conversation<Remembered> {
  const prototype = yield* evaluate('Object.getPrototypeOf(Object.getPrototypeOf(process))');
  const found = yield {
    method: 'Runtime.queryObjects',
    readsHeap: true,
    params: { prototypeObjectId: prototype, objectGroup },
  };
  const emitters = textField(field(found, 'objects'), 'objectId');
  return yield* seeFrom(emitters === '' ? [] : [emitters], before);
}

function* seeFrom(lists: readonly string[], before: Remembered | null): Conversation<Remembered> {
  const response = yield {
    method: 'Runtime.callFunctionOn',
    params: {
      objectId: before?.seenId ?? (yield* evaluate('({ roots: [], objects: [] })')),
      functionDeclaration: `function (...lists) { return (${seeThread.toString()})([...this.roots, ...lists.flat()], this.objects, ${String(clientClasses)}, ${asksForNews.toString()}); }`,
      arguments: lists.map((objectId) => ({ objectId })),
      objectGroup,
      silent: true,
    },
  };
  const seenId = textField(field(response, 'result'), 'objectId');
  const facts = yield {
    method: 'Runtime.callFunctionOn',
    params: {
      objectId: seenId,
      functionDeclaration: 'function () { return JSON.stringify(this.facts); }',
      returnByValue: true,
    },
  };
  return { facts: JSON.parse(textField(field(facts, 'result'), 'value')), seenId };
}

function* evaluate(expression: string): Conversation<string> {
  const response = yield { method: 'Runtime.evaluate', params: { expression, objectGroup, silent: true } };
  return textField(field(response, 'result'), 'objectId');
}

/** What it changes for that it puts back at once; a handler of the program's for stacks is not asked. */
const stackExpression = `(() => {
  const limit = Error.stackTraceLimit;
  const handler = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  try {
    Error.stackTraceLimit = 60;
    if (handler !== undefined) Error.prepareStackTrace = undefined;
    return new Error().stack;
  } finally {
    Error.stackTraceLimit = limit;
    if (handler !== undefined) Object.defineProperty(Error, 'prepareStackTrace', handler);
  }
})()`;

/** What the thread is running at this moment, innermost first; empty where its loop waits for events. */
export function* glance(): Conversation<readonly string[]> {
  const response = yield {
    method: 'Runtime.evaluate',
    params: { expression: stackExpression, returnByValue: true, silent: true },
  };
  return framesOf(textField(field(response, 'result'), 'value'));
}

const keptFrames = 12;

function framesOf(stack: string): readonly string[] {
  const frames = stack
    .split('\n')
    .slice(1)
    .flatMap((line) => frameOf(line));
  const parks = frames.findIndex((frame) => frame.startsWith('Atomics.wait'));
  const own = frames.filter(
    (frame) => !frame.startsWith('Atomics.wait') && !frame.includes('/node_modules/'),
  );
  const foreign = frames.filter((frame) => frame.includes('/node_modules/'));
  return [...(parks === -1 ? [] : ['Atomics.wait']), ...own, ...foreign].slice(0, keptFrames);
}

/** `at name (file:1:2)` as `file:1:2 (name)`; Node's own frames and this look's are left out. */
function frameOf(line: string): readonly string[] {
  if (/^\s*at Atomics\.wait \(<anonymous>\)$/.test(line)) return ['Atomics.wait'];
  const [, name = '', place = ''] = /^\s*at (?:(.*) \()?(.*?:\d+:\d+)\)?$/.exec(line) ?? [];
  if (place === '' || place.startsWith('<anonymous>') || place.startsWith('node:')) return [];
  const file = place.startsWith('file:') ? decodeURIComponent(place.slice('file://'.length)) : place;
  return [name === '' ? file : `${file} (${name})`];
}
