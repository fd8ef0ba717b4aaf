import { type Channel, field, InspectorError, type Question, textField, Unanswered } from './conversation.ts';

const silentPatienceMs = 300;
/** A walk through a heap is not heard of until it is over. */
const heapPatience = 6;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A session with one thread: numbers its questions and hands each response to who asked. */
export class ThreadSession implements Channel {
  readonly #send: (text: string) => void;
  readonly #patienceMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #hearers = new Set<NonNullable<Question['hear']>>();
  #serial = 0;
  #isSilent = false;

  constructor(send: (text: string) => void, patienceMs: number) {
    this.#send = send;
    this.#patienceMs = patienceMs;
  }

  /**
   * A question that takes long is given up only when nothing has been heard for the patience. A thread that has not
   * answered has perhaps ended: until it is heard again, it is not waited for as long.
   */
  async ask({ method, params = {}, hear, readsHeap }: Question): Promise<unknown> {
    const id = ++this.#serial;
    let heardAt = performance.now();
    const hearer = (event: string, eventParams: unknown) => {
      heardAt = performance.now();
      hear?.(event, eventParams);
    };
    this.#hearers.add(hearer);
    let timer: NodeJS.Timeout | undefined;
    const patienceMs = this.#isSilent
      ? Math.min(silentPatienceMs, this.#patienceMs)
      : this.#patienceMs * (readsHeap === true ? heapPatience : 1);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setInterval(() => {
          if (performance.now() - heardAt < patienceMs) return;
          this.#isSilent = true;
          reject(new Unanswered(`${method} was not answered`));
        }, 50);
        this.#send(JSON.stringify({ id, method, params }));
      });
    } finally {
      clearInterval(timer);
      this.#hearers.delete(hearer);
      this.#waiting.delete(id);
    }
  }

  receive(message: unknown): void {
    this.#isSilent = false;
    const id = field(message, 'id');
    if (typeof id !== 'number') {
      for (const hear of this.#hearers) hear(textField(message, 'method'), field(message, 'params'));
      return;
    }
    const waiting = this.#waiting.get(id);
    const error = field(message, 'error');
    if (error === undefined) waiting?.resolve(field(message, 'result'));
    else waiting?.reject(new InspectorError(textField(error, 'message')));
  }

  end(): void {
    for (const { reject } of this.#waiting.values())
      reject(new InspectorError('the process has closed its inspector'));
  }
}
