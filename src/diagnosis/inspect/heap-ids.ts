import { type Conversation, field, listField, objectGroup, textField } from './conversation.ts';

/** Found by a walk through the whole heap, in the thread that is looked at: 1 to 1.5 s in one of 200 MB. */
export function* objectBy(heapId: string): Conversation<unknown> {
  const response = yield {
    method: 'HeapProfiler.getObjectByHeapObjectId',
    readsHeap: true,
    params: { objectId: heapId, objectGroup },
  };
  return field(response, 'result');
}

/** What a function, given as text, says in the thread of an object, its `this`: a number, a text, yes or no. */
export function* saidBy(heapId: string, functionDeclaration: string): Conversation<unknown> {
  const objectId = textField(yield* objectBy(heapId), 'objectId');
  const response = yield {
    method: 'Runtime.callFunctionOn',
    params: { objectId, functionDeclaration, objectGroup, returnByValue: true, silent: true },
  };
  return field(field(response, 'result'), 'value');
}

/** The ids that a snapshot has for the elements of a list within the thread. `HeapProfiler` is enabled. */
export function* heapIdsOf(objectId: string, list: string): Conversation<readonly string[]> {
  const response = yield {
    method: 'Runtime.callFunctionOn',
    params: { objectId, functionDeclaration: `function () { return ${list}; }`, silent: true },
  };
  const listId = textField(field(response, 'result'), 'objectId');
  const elements = yield {
    method: 'Runtime.getProperties',
    params: { objectId: listId, ownProperties: true },
  };
  const ids: string[] = [];
  for (const element of listField(elements, 'result')) {
    const elementId = textField(field(element, 'value'), 'objectId');
    if (elementId === '' || !/^\d+$/.test(textField(element, 'name'))) continue;
    const found = yield { method: 'HeapProfiler.getHeapObjectId', params: { objectId: elementId } };
    ids.push(textField(found, 'heapSnapshotObjectId'));
  }
  return ids;
}
