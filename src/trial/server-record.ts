import type { Arrival, Session } from '../emulator/emulator.ts';
import type { TrialEvent } from './trial-event.ts';

/** What a trial needs to know of the server: which messages arrived, and when. */
export interface ServerRecord extends Pick<Session, 'arrivals' | 'answeredAtMs' | 'onArrival' | 'flush'> {
  /** True where nothing is known of the server but its confirmations: what was not confirmed is not waited for. */
  readonly onlyConfirms?: boolean;
}

/**
 * The record of a server that shows none. Slack's own confirmation is then the only witness: a message counts as
 * arrived when Slack has answered that it did.
 */
export class ConfirmedRecord implements ServerRecord {
  readonly onlyConfirms = true;
  readonly arrivals: Arrival[] = [];
  readonly answeredAtMs: ReadonlyMap<number, number> = new Map();
  readonly #listeners: ((arrival: Arrival) => void)[] = [];

  onArrival(listener: (arrival: Arrival) => void): void {
    this.#listeners.push(listener);
  }

  async flush(): Promise<void> {}

  hear(event: TrialEvent): void {
    if (event.kind !== 'settled' || event.outcome.status !== 'delivered') return;
    const { id, path, thread, atMs } = event;
    const arrival = { id, path, thread, atMs, connection: 0 };
    this.arrivals.push(arrival);
    for (const listener of this.#listeners) listener(arrival);
  }
}
