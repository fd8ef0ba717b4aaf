import { Session } from 'node:inspector';
import { getHeapSnapshot } from 'node:v8';
import { type Conversation, InspectorError, type Question } from './conversation.ts';

/**
 * Has the whole conversation with the inspector of the thread that runs this, before it returns: also in an `exit`
 * listener. The thread's own questions are answered at once.
 */
export function converseInProcess<Result>(conversation: Conversation<Result>): Result {
  const session = new Session();
  session.connect();
  try {
    let step = conversation.next();
    while (step.done !== true) {
      const { error, result } = askAtOnce(session, step.value);
      step = error === null ? conversation.next(result) : conversation.throw(error);
    }
    return step.value;
  } finally {
    session.disconnect();
  }
}

interface InspectorResponse {
  readonly error: InspectorError | null;
  readonly result: unknown;
}

function askAtOnce(session: Session, question: Question): InspectorResponse {
  const { method, params = {}, hear } = question;
  if (method === 'HeapProfiler.takeHeapSnapshot') return snapshotAtOnce(question);
  const listener = (message: { readonly method: string; readonly params: object }) =>
    hear?.(message.method, message.params);
  let response: InspectorResponse = {
    error: new InspectorError(`${method} was not answered`),
    result: undefined,
  };
  if (hear !== undefined) session.on('inspectorNotification', listener);
  session.post(method, params, (error: Error | null, result?: object) => {
    response = { error: error === null ? null : new InspectorError(error.message), result };
  });
  session.off('inspectorNotification', listener);
  return response;
}

/** Since V8 12 the inspector takes a snapshot in a task of its own, for which an ending thread has no time. */
function snapshotAtOnce({ hear }: Question): InspectorResponse {
  const stream = getHeapSnapshot({ exposeInternals: true });
  stream.setEncoding('utf8');
  for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read()) {
    hear?.('HeapProfiler.addHeapSnapshotChunk', { chunk });
  }
  return { error: null, result: undefined };
}
