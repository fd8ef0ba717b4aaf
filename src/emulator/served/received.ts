import type { DeliveryPath } from '../../model/names.ts';
import type { PostedMessage } from '../answer.ts';
import type { Arrival } from '../emulator.ts';

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
  /** ISO 8601. */
  readonly receivedAt: string;
}

export interface ReceivedList {
  /** All since the start, or since the list was cleared; the oldest ones may have been dropped. */
  readonly total: number;
  /** Newest first. */
  readonly messages: readonly ReceivedMessage[];
}

/** The last messages that arrived. */
export interface Received {
  add(arrival: Arrival, message: PostedMessage): ReceivedMessage;
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
    list: () => ({ total, messages: messages.slice(-keptMessages).reverse() }),
    clear() {
      messages = [];
      total = 0;
    },
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
  };
}
