import type { Arrival, Session } from '../emulator/emulator.ts';

type Own = Pick<Arrival, 'id' | 'path'>;

/**
 * The same session where what arrives counts as `own`, whatever id it carries: a user's handler need not know of our
 * metadata, may have its own, and is alone at this address but for our confirmation (`others`).
 */
export function attributeArrivals(session: Session, own: Own, others: ReadonlySet<string>): Session {
  const live = marker(own, others);
  return {
    baseUrl: session.baseUrl,
    webhookUrl: session.webhookUrl,
    get arrivals() {
      return session.arrivals.map(marker(own, others));
    },
    answeredAtMs: session.answeredAtMs,
    flush: () => session.flush(),
    stats: () => session.stats(),
    close: () => session.close(),
    onArrival: (listener) => session.onArrival((arrival) => listener(live(arrival))),
  };
}

/** Arrivals in their order. One with another id than the first is another message, and no duplicate of it. */
function marker(own: Own, others: ReadonlySet<string>): (arrival: Arrival) => Arrival {
  let first: Own | null = null;
  return (arrival) => {
    if (arrival.id !== null && others.has(arrival.id)) return arrival;
    first ??= { id: arrival.id, path: arrival.path };
    return arrival.id === first.id ? { ...arrival, ...own } : { ...arrival, id: null, path: null };
  };
}
