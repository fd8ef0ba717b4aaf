import { isObject } from '../../json-object.ts';
import type { Arrival } from '../emulator.ts';
import type { StoredMessage } from '../history.ts';
import type { Effect, PostedMessage } from '../response-builders.ts';
import type { Exchange } from '../session.ts';
import type { ReceivedChange, ReceivedList, ReceivedMessage, RefusedRequest } from './received-list.ts';

/** The last messages that arrived, as many as a bound of their number and their size allows. */
export interface Received {
  add(arrival: Arrival, message: PostedMessage): ReceivedMessage;
  /** Null where the message is no longer kept. */
  change(effect: Exclude<Effect, { kind: 'posted' }>): ReceivedChange | null;
  /** Null where there was no problem. */
  refuse(exchange: Exchange): RefusedRequest | null;
  list(): ReceivedList;
  clear(): void;
}

const keptMessages = 1000;
const keptRefused = 200;

/** Characters of JSON. */
const keptLength = 32 * 1024 * 1024;

/** As JSON: a text that Slack would have cut holds on to the whole of it, for as long as it is kept itself. */
interface Kept {
  readonly channel: string;
  readonly ts: string;
  readonly json: string;
}

export function createReceived(): Received {
  let kept: Kept[] = [];
  let length = 0;
  let total = 0;
  let refused: RefusedRequest[] = [];
  return {
    refuse({ what, problem, posted, request, reply }) {
      if (problem === null) return null;
      const one = { at: new Date().toISOString(), method: what, problem, posted, request, reply };
      refused.push(one);
      if (refused.length >= 2 * keptRefused) refused = refused.slice(-keptRefused);
      return one;
    },
    add(arrival, message) {
      const received = receivedMessage(arrival, message);
      const one = keptOf(received);
      total++;
      kept.push(one);
      length += one.json.length;
      // Dropped in bulk: one shift a message would move the whole list each time.
      if (kept.length >= 2 * keptMessages || length > 2 * keptLength) {
        kept = newestOf(kept);
        length = kept.reduce((sum, { json }) => sum + json.length, 0);
      }
      return received;
    },
    change(effect) {
      const { channel, ts } = effect.kind === 'changed' ? effect.message : effect;
      const index = kept.findIndex((one) => one.ts === ts && one.channel === channel);
      const found = kept[index];
      if (found === undefined) return null;
      const before = messageOf(found);
      const after =
        effect.kind === 'deleted' ? { ...before, deleted: true } : { ...before, ...changed(effect.message) };
      const one = keptOf(after);
      length += one.json.length - found.json.length;
      kept[index] = one;
      return after;
    },
    list: () => ({
      total,
      messages: newestOf(kept).reverse().map(messageOf),
      refused: refused.slice(-keptRefused).reverse(),
    }),
    clear() {
      kept = [];
      length = 0;
      total = 0;
      refused = [];
    },
  };
}

function keptOf(message: ReceivedMessage): Kept {
  const { channel, ts } = message;
  return { channel, ts, json: JSON.stringify(message) };
}

function messageOf({ json }: Kept): ReceivedMessage {
  return JSON.parse(json);
}

/** At least one, however large it is. */
function newestOf(kept: readonly Kept[]): Kept[] {
  let length = 0;
  let from = kept.length;
  for (let index = kept.length - 1; index >= Math.max(0, kept.length - keptMessages); index -= 1) {
    length += kept[index]?.json.length ?? 0;
    if (length > keptLength && from < kept.length) break;
    from = index;
  }
  return kept.slice(from);
}

function changed({ text, blocks, attachments, editedTs, reactions }: StoredMessage) {
  return {
    text,
    blocks,
    attachments,
    edited: editedTs !== null,
    reactions: [...reactions].map(([name, users]) => ({ name, count: users.size })),
  };
}

function receivedMessage({ id, path, thread, connection }: Arrival, message: PostedMessage): ReceivedMessage {
  const { author, via, channel, channelName, ts, threadTs, text, mrkdwn, blocks, attachments } = message;
  const { visibleTo, unfurlLinks, unfurlMedia, files } = message;
  const { username, icons, subtype } = author;
  const receivedAt = new Date().toISOString();
  return {
    id,
    path,
    thread,
    via,
    channel,
    channelName,
    ts,
    threadTs,
    text,
    mrkdwn,
    blocks,
    attachments,
    username: typeof username === 'string' ? username : null,
    iconEmoji: isObject(icons) && typeof icons.emoji === 'string' ? icons.emoji : null,
    broadcast: subtype === 'thread_broadcast',
    visibleTo,
    unfurlLinks,
    unfurlMedia,
    files,
    connection,
    receivedAt,
    edited: false,
    deleted: false,
    reactions: [],
  };
}
