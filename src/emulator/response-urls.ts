import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../json-object.ts';
import { forgetOldest } from './bounded-map.ts';

/** What a `response_url` was given out for. */
export interface Interaction {
  readonly channel: string;
  /** Who did it. */
  readonly user: string;
  /** `ts` of the message that a button is on; null for a command. */
  readonly ts: string | null;
}

/** The URLs that commands and interactions give their bots to respond to. */
export interface ResponseUrls {
  /** A payload with a `response_url`: its own, or a new one below `origin`. */
  noted(payload: JsonObject, kind: 'actions' | 'commands', origin: string): JsonObject;
  /** By path; of one that was not given out here, an interaction nobody knows. */
  of(path: string): Interaction;
}

/** URLs that are known; the oldest are forgotten. */
const mostKnown = 10_000;

/** Where responses to a `response_url` land that was not given out here. */
const elsewhere: Interaction = { channel: 'C0INTERACTION', user: 'U0ALICE', ts: null };

export function createResponseUrls(): ResponseUrls {
  const known = new Map<string, Interaction>();
  return {
    noted(payload, kind, origin) {
      const given = payload.response_url;
      const url =
        typeof given === 'string' && URL.canParse(given)
          ? given
          : `${origin}/${kind}/T0TIMERTEAM/${Date.now()}/${randomUUID().replaceAll('-', '')}`;
      forgetOldest(known, mostKnown);
      known.set(new URL(url).pathname, interactionOf(payload));
      return { ...payload, response_url: url };
    },
    of: (path) => known.get(path) ?? elsewhere,
  };
}

/** Commands name channel and user flat, interactions as objects. */
function interactionOf({ channel, channel_id, user, user_id, message, container }: JsonObject): Interaction {
  const named = (value: unknown, flat: unknown) => (isObject(value) ? value.id : flat);
  const text = (value: unknown, usual: string) => (typeof value === 'string' ? value : usual);
  const ts = isObject(message) ? message.ts : isObject(container) ? container.message_ts : null;
  return {
    channel: text(named(channel, channel_id), elsewhere.channel),
    user: text(named(user, user_id), elsewhere.user),
    ts: typeof ts === 'string' ? ts : null,
  };
}
