import { randomBytes } from 'node:crypto';
import { isObject } from '../json-object.ts';
import { limits } from '../notification/limits.ts';
import type { ArgumentValues } from './arguments.ts';
import { blockErrors, textLengthOf } from './blocks.ts';
import { flagOf, textOf } from './methods/method.ts';
import { mrkdwnOf } from './mrkdwn.ts';

/** What is to be said, once its arguments are good. */
export interface MessageContent {
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly threadTs: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** False where `text` is to be shown as it is. */
  readonly mrkdwn: boolean;
  /** A reply that is shown in the channel too. */
  readonly broadcast: boolean;
  /** Null where the caller leaves it to Slack. */
  readonly unfurlLinks: boolean | null;
  readonly unfurlMedia: boolean | null;
  readonly warnings: readonly string[];
}

export interface MessageError {
  readonly error: string;
  /** Reasons as `response_metadata.messages` gives them. */
  readonly messages: readonly string[];
}

/** Undocumented; it was seen near 13,200 characters. */
const blocksTextLimit = 13_200;

/** Reads and checks what is to be said: the same rules for chat.postMessage and for webhooks. */
export function readMessage(values: ArgumentValues): MessageContent | MessageError {
  const blocks = listOf(values.blocks);
  const attachments = listOf(values.attachments);
  const metadata = nested(values.metadata);
  const text = textOf(values.text);
  const markdown = textOf(values.markdown_text);
  const threadTs = threadTsOf(values.thread_ts);
  if (threadTs !== null && !/^\d+\.\d+$/.test(threadTs))
    return { error: 'invalid_thread_ts', messages: [`[ERROR] ${threadTs} is not a valid thread_ts`] };
  const error = contentError({ text, markdown, blocks, attachments, metadata });
  if (error !== null) return { error, messages: [] };
  const messages = blockErrors(blocks ?? []);
  if (messages.length > 0) return { error: 'invalid_blocks', messages };
  if (textLengthOf(blocks) > blocksTextLimit) return { error: 'msg_blocks_too_long', messages: [] };
  return {
    text: (markdown === '' ? text : mrkdwnOf(markdown)).slice(0, limits.text),
    blocks: (blocks ?? []).map(withBlockId),
    attachments: attachments ?? [],
    threadTs,
    metadata: isObject(metadata) ? metadata : null,
    mrkdwn: choiceOf(values.mrkdwn) ?? true,
    broadcast: threadTs !== null && flagOf(values.reply_broadcast),
    unfurlLinks: choiceOf(values.unfurl_links),
    unfurlMedia: choiceOf(values.unfurl_media),
    warnings: text.length > limits.text ? ['message_truncated'] : [],
  };
}

interface Content {
  readonly text: string;
  readonly markdown: string;
  readonly blocks: readonly unknown[] | null;
  readonly attachments: readonly unknown[] | null;
  readonly metadata: unknown;
}

function contentError({ text, markdown, blocks, attachments, metadata }: Content): string | null {
  if (blocks === null) return 'invalid_blocks_format';
  if (attachments === null) return 'invalid_arguments';
  if (attachments.some(isMixed)) return 'invalid_attachments';
  if (text === '' && markdown === '' && blocks.length === 0 && attachments.length === 0) return 'no_text';
  if (markdown !== '' && (text !== '' || blocks.length > 0)) return 'markdown_text_conflict';
  if (markdown.length > limits.markdown) return 'msg_too_long';
  if (attachments.length > limits.attachments) return 'too_many_attachments';
  if (metadata !== undefined && !isMetadata(metadata)) return 'invalid_metadata_format';
  return null;
}

/** Blocks replace an attachment's older fields: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments */
function isMixed(attachment: unknown): boolean {
  if (!isObject(attachment)) return true;
  return (
    attachment.blocks !== undefined && attachment.callback_id !== undefined && attachment.title !== undefined
  );
}

function isMetadata(value: unknown): boolean {
  return isObject(value) && typeof value.event_type === 'string' && isObject(value.event_payload);
}

/** Null where nothing was chosen. */
function choiceOf(value: unknown): boolean | null {
  return value === undefined || value === null || value === '' ? null : flagOf(value);
}

/** Slack gives each block without an ID one of its own. */
function withBlockId(block: unknown): unknown {
  return isObject(block) && block.block_id === undefined
    ? { ...block, block_id: randomBytes(4).toString('base64url').slice(0, 5) }
    : block;
}

/** A number loses digits on the way, but Slack's clients only warn of it. */
function threadTsOf(value: unknown): string | null {
  const text = textOf(value);
  return text === '' ? null : text;
}

/** Lists come as JSON, or as a JSON string from a form; null when they are neither. */
function listOf(value: unknown): readonly unknown[] | null {
  const list = nested(value);
  if (list === undefined) return [];
  return Array.isArray(list) ? list : null;
}

/** Explicit null and the empty string mean the default. */
function nested(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
