import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/** A client has begun a request: fetch and undici, then node:http(s). */
const channels = ['undici:request:create', 'http.client.request.created', 'http.client.request.start'];

/** Which of the user's calls has made a request, or opened a connection, in this thread. */
export class SeenRequests {
  readonly #calls = new AsyncLocalStorage<string>();
  readonly #onFirst: (id: string) => void;
  readonly #seen = new Set<string>();
  #lastCall: string | null = null;

  constructor(onFirst: (id: string) => void) {
    this.#onFirst = onFirst;
    for (const channel of channels) subscribe(channel, () => this.note());
  }

  /** Runs one call; what it does later, in its own promises and callbacks, counts as its own. */
  during<Result>(id: string, call: () => Result): Result {
    this.#lastCall = id;
    return this.#calls.run(id, call);
  }

  /** A request was made or a connection opened. A client of many requests may do that outside of any call. */
  note(): void {
    const id = this.#calls.getStore() ?? this.#lastCall;
    if (id === null || this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#onFirst(id);
  }
}
