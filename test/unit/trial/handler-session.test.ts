import { describe, expect, it } from 'vitest';
import type { Arrival, Session } from '../../../src/emulator/emulator.ts';
import { attributeArrivals } from '../../../src/trial/handler-session.ts';

const own = { id: 'timer-1:expiry', path: 'expiry' } as const;
const confirmation = 'timer-1:confirmation';

function idsOf(...ids: readonly (string | null)[]): readonly (string | null)[] {
  const arrivals = ids.map((id, atMs): Arrival => ({ id, path: null, thread: null, atMs, connection: 1 }));
  const session: Session = {
    baseUrl: 'http://127.0.0.1:1/api/',
    webhookUrl: 'http://127.0.0.1:1/services/T/B/X',
    arrivals,
    answeredAtMs: new Map(),
    onArrival: (listener) => arrivals.forEach(listener),
    flush: async () => {},
    stats: () => Promise.reject(new Error('not asked for')),
    close: async () => {},
  };
  const attributed = attributeArrivals(session, own, new Set([confirmation]));
  const heard: (string | null)[] = [];
  attributed.onArrival(({ id }) => heard.push(id));
  expect(heard).toEqual(attributed.arrivals.map(({ id }) => id));
  return heard;
}

describe('what arrives from a user’s handler', () => {
  it('counts as its notification, whatever id it carries', () => {
    for (const id of [null, 'my-own-id', own.id]) {
      expect(idsOf(confirmation, id)).toEqual([confirmation, own.id]);
    }
  });

  it('is a duplicate only where the ids agree', () => {
    expect(idsOf('a', 'a')).toEqual([own.id, own.id]);
    expect(idsOf('a', 'b')).toEqual([own.id, null]);
  });
});
