import { isObject, type JsonObject } from '../json-object.ts';
import { richTextOf } from './mrkdwn.ts';

/** A message as it stands in its channel. */
export interface StoredMessage {
  readonly channel: string;
  readonly ts: string;
  /** Null where it is no reply. */
  readonly threadTs: string | null;
  readonly text: string;
  /** False where `text` is shown as it is. */
  readonly mrkdwn: boolean;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly metadata: JsonObject | null;
  /** `user`, `bot_id` and the like. */
  readonly author: JsonObject;
  /** `ts` of the last change; null where there was none. */
  readonly editedTs: string | null;
  /** Names of emoji, with who added them. */
  readonly reactions: ReadonlyMap<string, ReadonlySet<string>>;
  /** The Markdown so far of one that is being streamed; null where no more may be appended. */
  readonly streaming: string | null;
  /** Files that were shared with it, as Slack's methods give them. */
  readonly files: readonly JsonObject[];
}

/** The messages of one workspace, the last ones of them: as many as a bound of their number and their size allows. */
export interface History {
  add(message: StoredMessage): void;
  /** Puts a changed message in the place of the one with its `ts`. */
  replace(message: StoredMessage): void;
  find(channel: string, ts: string): StoredMessage | null;
  remove(channel: string, ts: string): boolean;
  /** Newest first; replies too. */
  in(channel: string): readonly StoredMessage[];
}

interface Bounds {
  readonly messages: number;
  /** Characters of JSON. */
  readonly length: number;
}

const defaults: Bounds = { messages: 10_000, length: 32 * 1024 * 1024 };

interface Kept {
  readonly message: StoredMessage;
  readonly length: number;
}

export function createHistory(most: Bounds = defaults): History {
  const channels = new Map<string, Map<string, Kept>>();
  /** The oldest first, those that were removed since included. */
  let order: Pick<StoredMessage, 'channel' | 'ts'>[] = [];
  let length = 0;

  function put(messages: Map<string, Kept>, message: StoredMessage): void {
    const before = messages.get(message.ts)?.length ?? 0;
    const kept = keptOf(message);
    messages.set(message.ts, kept);
    length += kept.length - before;
  }

  function remove(channel: string, ts: string): boolean {
    const messages = channels.get(channel);
    const kept = messages?.get(ts);
    if (messages === undefined || kept === undefined) return false;
    length -= kept.length;
    messages.delete(ts);
    if (messages.size === 0) channels.delete(channel);
    return true;
  }

  /** In bulk: one shift a message would move the whole list each time. The newest message stays, however large it is. */
  function dropOldest(): void {
    if (order.length < 2 * most.messages && length <= 2 * most.length) return;
    let dropped = 0;
    while (dropped < order.length - 1 && (order.length - dropped > most.messages || length > most.length)) {
      const old = order[dropped];
      if (old !== undefined) remove(old.channel, old.ts);
      dropped += 1;
    }
    order = order.slice(dropped);
  }

  return {
    add(message) {
      const messages = channels.get(message.channel) ?? new Map<string, Kept>();
      channels.set(message.channel, messages);
      put(messages, message);
      order.push({ channel: message.channel, ts: message.ts });
      dropOldest();
    },
    replace(message) {
      const messages = channels.get(message.channel);
      if (messages?.has(message.ts) !== true) return;
      put(messages, message);
      dropOldest();
    },
    find: (channel, ts) => channels.get(channel)?.get(ts)?.message ?? null,
    remove,
    in: (channel) => [...(channels.get(channel)?.values() ?? [])].map(({ message }) => message).reverse(),
  };
}

/** A text that Slack would have cut is a part of the whole one, and holds on to it. */
function keptOf(message: StoredMessage): Kept {
  const text = Buffer.from(message.text).toString();
  return { message: { ...message, text }, length: JSON.stringify(message).length };
}

/** The message as Slack's methods give it, with its thread and reactions. */
export function messageFields(message: StoredMessage, replies: readonly StoredMessage[] = []): JsonObject {
  const { ts, threadTs, text, attachments, metadata, author, editedTs, reactions, files } = message;
  const blocks = shownBlocks(message);
  const parentTs = threadTs ?? (replies.length === 0 ? null : ts);
  return {
    ...author,
    type: 'message',
    ts,
    text,
    ...(parentTs === null ? {} : { thread_ts: parentTs }),
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(numbered) }),
    ...(files.length === 0 ? {} : { files, upload: false }),
    ...(metadata === null ? {} : { metadata }),
    ...(editedTs === null ? {} : { edited: { user: author.user ?? author.bot_id, ts: editedTs } }),
    ...(reactions.size === 0 ? {} : { reactions: reactionList(reactions) }),
    ...(threadTs === null && replies.length > 0 ? threadSummary(replies) : {}),
  };
}

/** Slack makes a text without blocks a block itself, and gives each an ID. */
export function shownBlocks({
  blocks,
  text,
  mrkdwn,
  ts,
}: Pick<StoredMessage, 'blocks' | 'text' | 'mrkdwn' | 'ts'>): readonly unknown[] {
  if (blocks.length > 0 || text === '') return blocks;
  const id = Number(ts.replace('.', '')).toString(36).slice(-5);
  return [{ type: 'rich_text', block_id: id, elements: richTextOf(text, mrkdwn) }];
}

function reactionList(reactions: StoredMessage['reactions']): readonly JsonObject[] {
  return [...reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }));
}

function threadSummary(replies: readonly StoredMessage[]): JsonObject {
  const users = [...new Set(replies.map(({ author }) => String(author.user ?? author.bot_id)))];
  return {
    reply_count: replies.length,
    reply_users: users,
    reply_users_count: users.length,
    latest_reply: replies[0]?.ts,
  };
}

/** Slack numbers attachments from 1 and fills the fallback. */
export function numbered(attachment: unknown, index: number): unknown {
  return isObject(attachment)
    ? { id: index + 1, fallback: '[no preview available]', ...attachment }
    : attachment;
}
