import { isObject, type JsonObject } from '../../json-object.ts';
import { limits, longText } from '../../notification/limits.ts';
import { blockErrors } from '../blocks.ts';
import { messageFields, type StoredMessage } from '../history.ts';
import { readMessage } from '../message.ts';
import { mrkdwnOf } from '../mrkdwn.ts';
import { postingOf } from '../posting.ts';
import type { Via } from '../response-builders.ts';
import type { ScheduledMessage } from '../schedule.ts';
import {
  flagOf,
  invalidArguments,
  jsonOf,
  type Method,
  type MethodInput,
  type MethodResult,
  newId,
  pageOf,
  textOf,
} from './method.ts';

/** A message of this workspace's bot that the call names by `channel` and `ts`. */
function ownMessage({
  workspace,
  values,
}: MethodInput): { readonly message: StoredMessage } | { readonly error: string } {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const message = workspace.history.find(channel.id, textOf(values.ts ?? values.message_ts));
  return message === null ? { error: 'message_not_found' } : { message };
}

const update: Method = (input) => {
  const found = ownMessage(input);
  if ('error' in found) return found;
  if (found.message.streaming !== null) return { error: 'streaming_state_conflict' };
  const content = readMessage(input.values);
  if ('error' in content) return { error: content.error, details: { messages: content.messages } };
  const { text, blocks, attachments, metadata } = content;
  if (text.length > longText && blocks.length === 0) return { error: 'msg_too_long' };
  const message: StoredMessage = {
    ...found.message,
    text,
    // Blocks and attachments stay unless the call has some or clears them.
    ...(input.values.blocks === undefined && input.values.text === undefined ? {} : { blocks }),
    ...(input.values.attachments === undefined ? {} : { attachments }),
    ...(metadata === null ? {} : { metadata }),
    editedTs: input.workspace.nextTs(),
  };
  const { channel, ts } = message;
  return {
    fields: { channel, ts, text, message: messageFields(message) },
    warnings: content.warnings,
    effect: { kind: 'changed', message },
  };
};

const remove: Method = (input) => {
  const found = ownMessage(input);
  if ('error' in found) return found;
  const { channel, ts } = found.message;
  return { fields: { channel, ts }, effect: { kind: 'deleted', channel, ts } };
};

const getPermalink: Method = (input) => {
  const found = ownMessage(input);
  if ('error' in found) return found;
  const { channel, ts, threadTs } = found.message;
  const thread = threadTs === null ? '' : `?thread_ts=${threadTs}&cid=${channel}`;
  const permalink = `${input.origin}/archives/${channel}/p${ts.replace('.', '')}${thread}`;
  return { fields: { channel, permalink } };
};

const postEphemeral: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  if (!/^[UW][A-Z0-9]+$/.test(textOf(values.user))) return { error: 'user_not_in_channel' };
  const content = readMessage(values);
  if ('error' in content) return { error: content.error, details: { messages: content.messages } };
  const effect = postingOf(workspace, content, {
    ...placeOf(values, channel.id, 'chat.postEphemeral'),
    author: workspace.author(values),
    visibleTo: textOf(values.user),
  });
  return { fields: { message_ts: effect.message.ts }, warnings: content.warnings, effect };
};

function placeOf(values: MethodInput['values'], channel: string, via: Via) {
  const channelName = typeof values.channel === 'string' ? values.channel : null;
  return { channel, channelName, via } as const;
}

/** Slack schedules up to 120 days ahead: https://docs.slack.dev/reference/methods/chat.scheduleMessage */
const furthestS = 120 * 24 * 3600;

/** No more than so many in one channel within so many seconds: the same page. */
const mostInWindow = 30;
const windowS = 5 * 60;

const scheduleMessage: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const postAt = Number(textOf(values.post_at));
  if (!Number.isInteger(postAt) || postAt <= 0) return { error: 'invalid_time' };
  const aheadS = postAt - Date.now() / 1000;
  if (aheadS < 0) return { error: 'time_in_past' };
  if (aheadS > furthestS) return { error: 'time_too_far' };
  const content = readMessage(values);
  if ('error' in content) return { error: content.error, details: { messages: content.messages } };
  const id = newId('Q');
  const place = { ...placeOf(values, channel.id, 'chat.scheduleMessage'), author: workspace.author(values) };
  const scheduled = {
    id,
    postAt,
    createdAt: Math.trunc(Date.now() / 1000),
    posting: postingOf(workspace, content, place),
  };
  if (isWindowFull(workspace.scheduled.values(), scheduled) || !workspace.scheduled.add(scheduled))
    return { error: 'restricted_too_many' };
  const message = {
    ...workspace.author(values),
    type: 'delayed_message',
    text: content.text,
    ...(content.blocks.length === 0 ? {} : { blocks: content.blocks }),
    ...(content.metadata === null ? {} : { metadata: content.metadata }),
  };
  return {
    fields: { channel: channel.id, scheduled_message_id: id, post_at: postAt, message },
    warnings: content.warnings,
  };
};

/** Whether some window that holds the message's time has as many as Slack allows already. */
function isWindowFull(all: readonly ScheduledMessage[], { posting, postAt }: ScheduledMessage): boolean {
  const near = all
    .filter((one) => isOf(one, posting.message.channel) && Math.abs(one.postAt - postAt) < windowS)
    .map((one) => one.postAt)
    .sort((a, b) => a - b);
  return near.some(
    (first, index) => (near[index + mostInWindow - 1] ?? Number.POSITIVE_INFINITY) < first + windowS,
  );
}

function isOf({ posting }: ScheduledMessage, channel: string): boolean {
  return posting.message.channel === channel;
}

const deleteScheduledMessage: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const deleted = workspace.scheduled.delete(channel.id, textOf(values.scheduled_message_id));
  return deleted ? { fields: {} } : { error: 'invalid_scheduled_message_id' };
};

const listScheduled: Method = ({ workspace, values }) => {
  const named = values.channel === undefined ? null : workspace.findChannel(values.channel);
  if (named !== null && 'error' in named) return { error: 'invalid_channel' };
  const oldest = Number(textOf(values.oldest)) || 0;
  const latest = Number(textOf(values.latest)) || Number.POSITIVE_INFINITY;
  const wanted = workspace.scheduled
    .values()
    .filter((one) => named === null || isOf(one, named.id))
    .filter(({ postAt }) => postAt >= oldest && postAt <= latest);
  const page = pageOf(wanted, values);
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      scheduled_messages: page.items.map(scheduledFields),
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

function scheduledFields({ id, postAt, createdAt, posting }: ScheduledMessage): JsonObject {
  const { message, rest } = posting;
  const text = [message, ...rest].map((piece) => piece.text).join('');
  return { id, channel_id: message.channel, post_at: postAt, date_created: createdAt, text };
}

/** Streams start as an empty message that is appended to: https://docs.slack.dev/reference/methods/chat.startStream */
const startStream: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const threadTs = textOf(values.thread_ts);
  if (threadTs === '') return invalidArguments('missing required field: thread_ts');
  // In a direct message it is plain who reads it.
  if (!channel.id.startsWith('D')) {
    if (textOf(values.recipient_team_id) === '') return { error: 'missing_recipient_team_id' };
    if (textOf(values.recipient_user_id) === '') return { error: 'missing_recipient_user_id' };
  }
  const content = readMessage({ text: ' ', thread_ts: threadTs });
  if ('error' in content) return { error: content.error, details: { messages: content.messages } };
  const place = { ...placeOf(values, channel.id, 'chat.startStream'), author: workspace.author(values) };
  const { message, ...effect } = postingOf(workspace, content, place);
  return {
    fields: { channel: channel.id, ts: message.ts },
    effect: { ...effect, message: { ...message, ...streamed(streamedText(values) ?? '') } },
  };
};

/** Markup may begin in one piece and end in a later one. */
function streamed(markdown: string): Pick<StoredMessage, 'text' | 'streaming'> {
  return { text: mrkdwnOf(markdown), streaming: markdown };
}

const appendStream: Method = (input) => {
  const found = ownMessage(input);
  if ('error' in found) return found;
  if (found.message.streaming === null) return { error: 'message_not_in_streaming_state' };
  const more = streamedText(input.values);
  if (more === null) return { error: 'no_text' };
  if (more.length > limits.markdown) return { error: 'msg_too_long' };
  const message = { ...found.message, ...streamed(found.message.streaming + more) };
  return { fields: { channel: message.channel, ts: message.ts }, effect: { kind: 'changed', message } };
};

/** Text comes as Markdown or in chunks; null where there is neither. */
function streamedText({ markdown_text: markdown, chunks: given }: MethodInput['values']): string | null {
  const text = textOf(markdown);
  const chunks = jsonOf(given);
  if (Array.isArray(chunks)) return text + chunks.map(textOfChunk).join('');
  return text === '' ? null : text;
}

function textOfChunk(chunk: unknown): string {
  return isObject(chunk) ? textOf(chunk.text) : '';
}

const stopStream: Method = (input) => {
  const found = ownMessage(input);
  if ('error' in found) return found;
  if (found.message.streaming === null) return { error: 'message_not_in_streaming_state' };
  const blocks = jsonOf(input.values.blocks);
  if (Array.isArray(blocks)) {
    const messages = blockErrors(blocks);
    if (messages.length > 0) return { error: 'invalid_blocks', details: { messages } };
  }
  const metadata = jsonOf(input.values.metadata);
  const message: StoredMessage = {
    ...found.message,
    ...streamed(found.message.streaming + (streamedText(input.values) ?? '')),
    streaming: null,
    ...(isObject(metadata) ? { metadata } : {}),
    ...(Array.isArray(blocks) ? { blocks } : {}),
  };
  const { channel, ts } = message;
  return { fields: { channel, ts, message: messageFields(message) }, effect: { kind: 'changed', message } };
};

const unfurl: Method = (input) => {
  const { values } = input;
  if (
    values.unfurls === undefined &&
    values.user_auth_blocks === undefined &&
    values.user_auth_message === undefined &&
    !flagOf(values.user_auth_required)
  )
    return invalidArguments('missing required field: unfurls');
  return { fields: {} };
};

const meMessage: Method = ({ workspace, values }): MethodResult => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const content = readMessage({ text: textOf(values.text) });
  if ('error' in content) return { error: content.error };
  const effect = postingOf(workspace, content, {
    ...placeOf(values, channel.id, 'chat.meMessage'),
    author: { ...workspace.author({}), subtype: 'me_message' },
  });
  return { fields: { channel: channel.id, ts: effect.message.ts }, effect };
};

export const chatMethods = {
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
  'chat.postEphemeral': postEphemeral,
  'chat.scheduleMessage': scheduleMessage,
  'chat.deleteScheduledMessage': deleteScheduledMessage,
  'chat.scheduledMessages.list': listScheduled,
  'chat.startStream': startStream,
  'chat.appendStream': appendStream,
  'chat.stopStream': stopStream,
  'chat.unfurl': unfurl,
  'chat.meMessage': meMessage,
} as const satisfies Readonly<Record<string, Method>>;
