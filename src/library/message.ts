import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../json-object.ts';
import { type DeliveryPath, deliveryPaths } from '../model/names.ts';
import { nearest } from '../nearest.ts';
import type { Button, Notification, SlackObject } from '../notification/notification.ts';
import {
  type Metadata,
  type Presentation,
  presentationIn,
  presentationNames,
  wrongPresentation,
} from '../notification/presentation.ts';

/** One message to one channel, as `send` takes it. */
export interface Message extends Presentation {
  /** Travels with the message as metadata and comes back in the outcome; default: made up. */
  readonly id?: string;
  /** Which of a timer's two messages it is; default: `expiry`. */
  readonly path?: DeliveryPath;
  /** Channel ID, `#name`, or user ID. A webhook posts to its own channel, and needs none. */
  readonly channel?: string;
  /**
   * Slack mrkdwn; text typed by a person must be escaped first. With blocks, what a notification shows of them. Only
   * `markdownText` stands in its place.
   */
  readonly text?: string;
  /** Timestamp of the message to reply to. */
  readonly threadTs?: string;
  readonly blocks?: readonly SlackObject[];
  readonly attachments?: readonly SlackObject[];
  readonly buttons?: readonly Button[];
  /** Travels with the message, unseen: `{ event_type, event_payload }`, as Slack defines it. */
  readonly metadata?: Metadata;
}

/** Either the notification or what is wrong with the message. */
export type ReadMessage =
  | { readonly notification: Notification; readonly problem: null }
  | { readonly id: string; readonly problem: string };

const fields = [
  'id',
  'path',
  'channel',
  'text',
  'threadTs',
  'blocks',
  'attachments',
  'buttons',
  'metadata',
  ...presentationNames,
] as const;
type Field = (typeof fields)[number];
const known: ReadonlySet<string> = new Set(fields);

/** Why a message can't be sent, for the caller. */
class MessageProblem extends Error {}

/**
 * Reads what a caller, perhaps one without types, has passed to `send`. Each field is read once, and what is sent is a copy:
 * whatever the caller changes afterwards, or an accessor says the next time, does not matter. Never throws.
 */
export function readMessage(message: unknown, needsChannel: boolean): ReadMessage {
  let id: string = randomUUID();
  try {
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      throw new MessageProblem(`send takes an object such as { channel, text }; got ${kindOf(message)}`);
    const given = snapshotOf(message);
    if (given.id !== undefined) id = idIn(given.id) ?? id;
    return { notification: toNotification(id, given, needsChannel), problem: null };
  } catch (error) {
    return { id, problem: reasonOf(error) };
  }
}

/** Only what `send` knows, read once. */
type Snapshot = { readonly [name in Field]?: unknown };

function snapshotOf(message: object): Snapshot {
  for (const key in message) if (!known.has(key)) throw new MessageProblem(unknownField(key));
  return Object.fromEntries(fields.map((field): [Field, unknown] => [field, Reflect.get(message, field)]));
}

function unknownField(key: string): string {
  const meant = nearest(key.replaceAll('_', ''), fields);
  return `unknown field ${key}${meant === null ? '' : `; did you mean ${meant}?`}`;
}

function idIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function toNotification(id: string, given: Snapshot, needsChannel: boolean): Notification {
  const { threadTs, blocks, attachments, buttons, metadata } = given;
  const wrong = wrongPresentation(given);
  if (wrong !== null)
    throw new MessageProblem(`${wrong.name} must be a ${wrong.type}; got ${kindOf(given[wrong.name])}`);
  const presentation = presentationIn(given);
  return {
    id,
    text: presentation?.markdownText !== undefined && given.text === undefined ? '' : textIn(given.text),
    channel: channelIn(given.channel, needsChannel),
    path: pathIn(given.path),
    ...(threadTs === undefined ? {} : { threadTs: threadTsIn(threadTs) }),
    ...(blocks === undefined ? {} : { blocks: objectsIn('blocks', blocks) }),
    ...(attachments === undefined ? {} : { attachments: objectsIn('attachments', attachments) }),
    ...(buttons === undefined ? {} : { buttons: objectsIn('buttons', buttons).map(buttonIn) }),
    ...(presentation === undefined ? {} : { presentation }),
    ...(metadata === undefined ? {} : { metadata: metadataIn(metadata) }),
  };
}

function metadataIn(value: unknown): Metadata {
  const copy = plainCopy('metadata', value);
  if (!isObject(copy) || typeof copy.event_type !== 'string' || !isObject(copy.event_payload))
    throw new MessageProblem('metadata must be { event_type, event_payload }, a string and an object');
  return { event_type: copy.event_type, event_payload: copy.event_payload };
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new MessageProblem(`text must be a string; got ${kindOf(value)}`);
}

function channelIn(value: unknown, needsChannel: boolean): string {
  if (value === undefined && !needsChannel) return '';
  if (typeof value === 'string' && (value !== '' || !needsChannel)) return value;
  throw new MessageProblem(`channel must be a channel ID or #name; got ${kindOf(value)}`);
}

function pathIn(value: unknown): DeliveryPath {
  const path = deliveryPaths.find((name) => name === (value ?? 'expiry'));
  if (path !== undefined && value !== null) return path;
  throw new MessageProblem('path must be "expiry" or "confirmation"');
}

function threadTsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new MessageProblem(`threadTs must be a string, exactly as Slack gave it; got ${kindOf(value)}`);
}

function objectsIn(field: 'blocks' | 'attachments' | 'buttons', value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) throw new MessageProblem(`${field} must be an array; got ${kindOf(value)}`);
  const copy = plainCopy(field, value);
  if (!Array.isArray(copy))
    throw new MessageProblem(`${field} must be an array; its JSON is ${kindOf(copy)}`);
  return copy.map((item: unknown, index) => {
    if (isObject(item)) return item;
    throw new MessageProblem(`${field}[${index}] must be an object; got ${kindOf(item)}`);
  });
}

/** What can't be sent as JSON must not first fail on its way to another thread. */
function plainCopy(field: string, value: unknown): unknown {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(value));
    return copy;
  } catch (error) {
    throw new MessageProblem(`${field}: it is not plain JSON; ${reasonOf(error)}`);
  }
}

function buttonIn(button: JsonObject, index: number): Button {
  const field = `buttons[${index}]`;
  const { text, actionId, value, url, style } = button;
  if (typeof text !== 'string')
    throw new MessageProblem(`${field}.text must be a string; got ${kindOf(text)}`);
  if (typeof actionId !== 'string')
    throw new MessageProblem(`${field}.actionId must be a string; got ${kindOf(actionId)}`);
  if (style !== undefined && style !== 'primary' && style !== 'danger')
    throw new MessageProblem(`${field}.style must be "primary" or "danger"`);
  return {
    text,
    actionId,
    ...(value === undefined ? {} : { value: stringIn(`${field}.value`, value) }),
    ...(url === undefined ? {} : { url: stringIn(`${field}.url`, url) }),
    ...(style === undefined ? {} : { style }),
  };
}

function stringIn(field: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new MessageProblem(`${field} must be a string; got ${kindOf(value)}`);
}

/** Whatever was thrown, by an accessor of the caller's for example, and whatever that does when it is asked. */
function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'it throws when it is read';
  }
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (typeof value === 'object') return 'an object';
  return value === undefined ? 'nothing' : `a ${typeof value}`;
}

/** A proxy that was revoked throws when it is asked. */
function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
