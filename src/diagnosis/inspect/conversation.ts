/** One message to a thread's inspector, and what is to be done with the events that come before its response. */
export interface Question {
  readonly method: string;
  readonly params?: object;
  readonly hear?: (event: string, params: unknown) => void;
  /** It has the whole heap written or walked, which may take many seconds. */
  readonly readsHeap?: true;
}

/**
 * A look into one thread: it asks, gets a response, asks again. The same look runs over any transport: from another process,
 * or within the thread itself, where even an `exit` listener can take it, since responses there come at once.
 */
export type Conversation<Result> = Generator<Question, Result, unknown>;

/** Asks the inspector of one thread. */
export interface Channel {
  ask(question: Question): Promise<unknown>;
}

export async function converse<Result>(
  channel: Channel,
  conversation: Conversation<Result>,
): Promise<Result> {
  let step = conversation.next();
  while (step.done !== true) {
    let response: unknown;
    try {
      response = await channel.ask(step.value);
    } catch (error) {
      step = conversation.throw(error);
      continue;
    }
    step = conversation.next(response);
  }
  return step.value;
}

/** The inspector keeps what it has named until its group is released. */
export const objectGroup = 'timer-notify';

/** The inspector's refusal of a question. */
export class InspectorError extends Error {}

/** Given up: nothing was heard of it for the patience. */
export class Unanswered extends InspectorError {}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

export function textField(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

export function numberField(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' ? found : Number.NaN;
}

export function listField(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
