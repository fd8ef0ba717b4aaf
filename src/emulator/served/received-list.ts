import type { JsonObject } from '../../json-object.ts';
import type { DeliveryPath } from '../../model/names.ts';
import type { Via } from '../response-builders.ts';

/** A message as `GET /received` gives it. */
export interface ReceivedMessage {
  readonly id: string | null;
  readonly path: DeliveryPath | null;
  /** Name of the sending thread. */
  readonly thread: string | null;
  readonly via: Via;
  readonly channel: string;
  /** What the caller wrote for the channel; null from a webhook. */
  readonly channelName: string | null;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly text: string;
  /** False where `text` is shown as it is. */
  readonly mrkdwn: boolean;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  /** Null where the message is under the bot's own name. */
  readonly username: string | null;
  /** `:alarm_clock:`; null where the message has none of its own. */
  readonly iconEmoji: string | null;
  /** A reply that is shown in the channel too. */
  readonly broadcast: boolean;
  /** The only one who sees it (`chat.postEphemeral`); null where everybody does. */
  readonly visibleTo: string | null;
  /** Whether links are to have a preview; null where the caller left that to Slack. */
  readonly unfurlLinks: boolean | null;
  readonly unfurlMedia: boolean | null;
  /** Files shared with it. */
  readonly files: readonly JsonObject[];
  /** Of the request; 0 where none brought it, as with a scheduled message. */
  readonly connection: number;
  /** True after `chat.update`. */
  readonly edited: boolean;
  /** True after `chat.delete`. */
  readonly deleted: boolean;
  readonly reactions: readonly { readonly name: string; readonly count: number }[];
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** What became of a message, for the page. */
export type ReceivedChange = Pick<
  ReceivedMessage,
  'channel' | 'ts' | 'text' | 'blocks' | 'attachments' | 'edited' | 'deleted' | 'reactions'
>;

export interface RefusedRequest {
  /** ISO 8601. */
  readonly at: string;
  /** `chat.postMessage`, another method, or `webhook`. */
  readonly method: string;
  /** Slack's word, or the fault. */
  readonly problem: string;
  /** True where a fault struck after the message was posted. */
  readonly posted: boolean;
  /** The beginning of the request's body. */
  readonly request: string;
  /** The beginning of the response; empty where there was none. */
  readonly reply: string;
}

export interface ReceivedList {
  /** All since the start, or since the list was cleared; the oldest ones may have been dropped. */
  readonly total: number;
  /** Newest first. */
  readonly messages: readonly ReceivedMessage[];
  /** The last requests that were refused, or that a fault struck; newest first. */
  readonly refused: readonly RefusedRequest[];
}
