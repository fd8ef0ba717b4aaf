import type { DeliveryPath } from '../../model/names.ts';
import type { Effect, PostedMessage } from '../answer.ts';
import type { Arrival } from '../emulator.ts';
import type { StoredMessage } from '../history.ts';

/** A message as `GET /received` gives it. */
export interface ReceivedMessage
  extends Pick<
    PostedMessage,
    'channel' | 'channelName' | 'ts' | 'threadTs' | 'text' | 'blocks' | 'attachments' | 'via'
  > {
  readonly id: string | null;
  readonly path: DeliveryPath | null;
  readonly thread: string | null;
  readonly connection: number;
  /** True after `chat.update`. */
  readonly edited: boolean;
  /** True after `chat.delete`. */
  readonly deleted: boolean;
  readonly reactions: readonly { readonly name: string; readonly count: number }[];
  /** ISO 8601. */
  readonly receivedAt: string;
}

export interface ReceivedList {
  /** All since the start, or since the list was cleared; the oldest ones may have been dropped. */
  readonly total: number;
  /** Newest first. */
  readonly messages: readonly ReceivedMessage[];
}

/** What became of a message, for the page. */
export type ReceivedChange = Pick<
  ReceivedMessage,
  'channel' | 'ts' | 'text' | 'blocks' | 'attachments' | 'edited' | 'deleted' | 'reactions'
>;

/** The last messages that arrived. */
export interface Received {
  add(arrival: Arrival, message: PostedMessage): ReceivedMessage;
  /** Null where the message is no longer kept. */
  change(effect: Exclude<Effect, { kind: 'posted' }>): ReceivedChange | null;
  list(): ReceivedList;
  clear(): void;
}

const keptMessages = 1000;

export function createReceived(): Received {
  let messages: ReceivedMessage[] = [];
  let total = 0;
  return {
    add(arrival, message) {
      const received = receivedMessage(arrival, message);
      total++;
      messages.push(received);
      // Dropped in bulk: one shift a message would move the whole list each time.
      if (messages.length >= 2 * keptMessages) messages = messages.slice(-keptMessages);
      return received;
    },
    change(effect) {
      const { channel, ts } = effect.kind === 'changed' ? effect.message : effect;
      const index = messages.findIndex((message) => message.ts === ts && message.channel === channel);
      const before = messages[index];
      if (before === undefined) return null;
      const after =
        effect.kind === 'deleted' ? { ...before, deleted: true } : { ...before, ...changed(effect.message) };
      messages[index] = after;
      return after;
    },
    list: () => ({ total, messages: messages.slice(-keptMessages).reverse() }),
    clear() {
      messages = [];
      total = 0;
    },
  };
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
  const { via, channel, channelName, ts, threadTs, text, blocks, attachments } = message;
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
    blocks,
    attachments,
    connection,
    receivedAt,
    edited: false,
    deleted: false,
    reactions: [],
  };
}
