import type { Arrival, Session } from '../emulator/emulator.ts';

/** The same session where a message without our id counts as `id`: a user's handler need not know of our metadata. */
export function attributeUnmarked(session: Session, { id, path }: Pick<Arrival, 'id' | 'path'>): Session {
  const mark = (arrival: Arrival): Arrival => (arrival.id === null ? { ...arrival, id, path } : arrival);
  return {
    baseUrl: session.baseUrl,
    webhookUrl: session.webhookUrl,
    get arrivals() {
      return session.arrivals.map(mark);
    },
    answeredAtMs: session.answeredAtMs,
    flush: () => session.flush(),
    stats: () => session.stats(),
    close: () => session.close(),
    onArrival: (listener) => session.onArrival((arrival) => listener(mark(arrival))),
  };
}
