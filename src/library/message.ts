import { randomUUID } from 'node:crypto';
import type { DeliveryPath } from '../model/names.ts';
import { nearest } from '../nearest.ts';
import type { Button, Notification, SlackObject } from '../notification/notification.ts';

/** One message to one channel, as `send` takes it. */
export interface Message {
  /** Travels with the message as metadata and comes back in the outcome; made up where absent. */
  readonly id?: string;
  /** Which of a timer's two messages it is; `expiry` where absent. */
  readonly path?: DeliveryPath;
  /** Channel ID, `#name`, or user ID. A webhook posts to its own channel, and needs none. */
  readonly channel?: string;
  /** Slack mrkdwn; text typed by a person must be escaped first. With blocks, what a notification shows of them. */
  readonly text: string;
  /** Timestamp of the message to reply to. */
  readonly threadTs?: string;
  readonly blocks?: readonly SlackObject[];
  readonly attachments?: readonly SlackObject[];
  readonly buttons?: readonly Button[];
}

/** Either the notification or what is wrong with the message. */
export type ReadMessage =
  | { readonly notification: Notification; readonly problem: null }
  | { readonly id: string; readonly problem: string };

const fields = ['id', 'path', 'channel', 'text', 'threadTs', 'blocks', 'attachments', 'buttons'];
const known: ReadonlySet<string> = new Set(fields);

/** Reads what a caller, perhaps one without types, has passed to `send`. */
export function readMessage(message: Message, needsChannel: boolean): ReadMessage {
  const id = idOf(message);
  const problem = problemOf(message, needsChannel);
  if (problem !== null) return { id, problem };
  try {
    return { notification: toNotification(id, message), problem: null };
  } catch (error) {
    return { id, problem: `it is not plain JSON; ${error instanceof Error ? error.message : String(error)}` };
  }
}

function idOf(message: unknown): string {
  const given = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof given === 'string' && given !== '' ? given : randomUUID();
}

function problemOf(message: unknown, needsChannel: boolean): string | null {
  if (typeof message !== 'object' || message === null)
    return 'send takes an object such as { channel, text }';
  for (const key in message) if (!known.has(key)) return unknownField(key);
  const { channel, text, path, threadTs }: { [field in keyof Message]?: unknown } = message;
  if (typeof text !== 'string') return `text must be a string; got ${kindOf(text)}`;
  if (channel === undefined ? needsChannel : typeof channel !== 'string' || (needsChannel && channel === ''))
    return `channel must be a channel ID or #name; got ${kindOf(channel)}`;
  if (path !== undefined && path !== 'expiry' && path !== 'confirmation')
    return 'path must be "expiry" or "confirmation"';
  if (threadTs !== undefined && typeof threadTs !== 'string')
    return `threadTs must be a string, exactly as Slack gave it; got ${kindOf(threadTs)}`;
  return listProblem(message);
}

function listProblem(message: object): string | null {
  for (const [field, value] of Object.entries(message)) {
    const isList = field === 'blocks' || field === 'attachments' || field === 'buttons';
    if (isList && value !== undefined && !Array.isArray(value))
      return `${field} must be an array; got ${kindOf(value)}`;
  }
  return null;
}

function unknownField(key: string): string {
  const meant = nearest(key.replaceAll('_', ''), fields);
  return `unknown field ${key}${meant === null ? '' : `; did you mean ${meant}?`}`;
}

function toNotification(id: string, message: Message): Notification {
  const { path = 'expiry', channel = '', text, threadTs, blocks, attachments, buttons } = message;
  return {
    id,
    path,
    channel,
    text,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(blocks === undefined ? {} : { blocks: plainCopy(blocks) }),
    ...(attachments === undefined ? {} : { attachments: plainCopy(attachments) }),
    ...(buttons === undefined ? {} : { buttons: plainCopy(buttons) }),
  };
}

/** What can't be sent as JSON must not first fail on its way to another thread. */
function plainCopy<Value>(value: Value): Value {
  const copy: Value = JSON.parse(JSON.stringify(value));
  return copy;
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (typeof value === 'object') return 'an object';
  return value === undefined ? 'nothing' : `a ${typeof value}`;
}
