import type { Timer } from './timer.ts';

/** What travels on the bus, by topic. */
export interface BusEvents {
  readonly 'timer-expired': { readonly timer: Timer; readonly thread: string; readonly lateByMs: number };
}

export type Topic = keyof BusEvents;
export type Subscriber<T extends Topic> = (event: BusEvents[T]) => void | Promise<void>;

/** Called for every subscriber that throws or rejects. */
export type OnSubscriberError = (topic: Topic, error: unknown) => void;

/** Publishes events to subscribers in the publishing thread. One that fails is reported and never stops another. */
export class MessageBus {
  readonly #subscribers: { readonly [T in Topic]: Set<Subscriber<T>> } = { 'timer-expired': new Set() };
  readonly #onError: OnSubscriberError;

  constructor(onError: OnSubscriberError) {
    this.#onError = onError;
  }

  /** Returns the function that ends the subscription. */
  subscribe<T extends Topic>(topic: T, subscriber: Subscriber<T>): () => void {
    this.#subscribers[topic].add(subscriber);
    return () => void this.#subscribers[topic].delete(subscriber);
  }

  /** Calls every subscriber before it returns; resolves when all have settled. */
  async publish<T extends Topic>(topic: T, event: BusEvents[T]): Promise<void> {
    const calls = [...this.#subscribers[topic]].map((subscriber) => this.#call(topic, subscriber, event));
    await Promise.all(calls);
  }

  async #call<T extends Topic>(topic: T, subscriber: Subscriber<T>, event: BusEvents[T]): Promise<void> {
    try {
      await subscriber(event);
    } catch (error) {
      this.#onError(topic, error);
    }
  }
}
