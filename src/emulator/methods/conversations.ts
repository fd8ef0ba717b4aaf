import { createHash } from 'node:crypto';
import type { JsonObject } from '../../json-object.ts';
import { messageFields, type StoredMessage } from '../history.ts';
import { bot, type Channel, type ChannelState } from '../workspace.ts';
import { flagOf, invalidArguments, type Method, namesOf, pageOf, textOf } from './method.ts';

const history: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const all = workspace.history.in(channel.id);
  const roots = all.filter(inChannel).filter(within(values));
  const page = pageOf(roots, values);
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      messages: page.items.map((message) => withReplies(message, all, values)),
      has_more: page.nextCursor !== '',
      pin_count: workspace.stateOf(channel.id).pins.size,
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

const replies: Method = ({ workspace, values, encoding }) => {
  // This method reads no JSON.
  if (encoding === 'json') return invalidArguments('missing required field: channel');
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const all = workspace.history.in(channel.id);
  const ts = textOf(values.ts);
  const parent = all.find((message) => message.ts === ts);
  const thread = all.filter(({ threadTs }) => threadTs === ts).reverse();
  if (parent === undefined && thread.length === 0) return { error: 'thread_not_found' };
  const page = pageOf([...(parent === undefined ? [] : [parent]), ...thread].filter(within(values)), values);
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      messages: page.items.map((message) => withReplies(message, all, values)),
      has_more: page.nextCursor !== '',
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

/** Replies stand in their thread only, unless they were broadcast. */
function inChannel({ threadTs, ts, author }: StoredMessage): boolean {
  return threadTs === null || threadTs === ts || author.subtype === 'thread_broadcast';
}

type Values = Readonly<Record<string, unknown>>;

/** `oldest` and `latest` leave their own messages out unless `inclusive` is set. */
function within(values: Values): (message: StoredMessage) => boolean {
  const oldest = Number(textOf(values.oldest)) || 0;
  const latest = Number(textOf(values.latest)) || Number.POSITIVE_INFINITY;
  const inclusive = flagOf(values.inclusive);
  return ({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  };
}

/** Metadata is given only where `include_all_metadata` asks for it. */
function withReplies(message: StoredMessage, all: readonly StoredMessage[], values: Values): JsonObject {
  const { metadata, ...fields } = messageFields(
    message,
    all.filter(({ threadTs, ts }) => threadTs === message.ts && ts !== message.ts),
  );
  return flagOf(values.include_all_metadata) && metadata !== undefined ? { ...fields, metadata } : fields;
}

const list: Method = ({ workspace, values }) => {
  const types = namesOf(values.types ?? 'public_channel');
  const wanted = workspace
    .channels()
    .filter(({ id }) => types.includes(typeOf(id)))
    .filter(({ id }) => !flagOf(values.exclude_archived) || !workspace.stateOf(id).archived);
  const page = pageOf(wanted, values);
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      channels: page.items.map((channel) => conversation(channel, workspace.stateOf(channel.id))),
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

function typeOf(id: string): string {
  return id.startsWith('D') ? 'im' : id.startsWith('G') ? 'mpim' : 'public_channel';
}

const info: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const known = workspace.channels().find(({ id }) => id === channel.id);
  const named = known ?? { id: channel.id, name: channel.id.toLowerCase() };
  return { fields: { channel: conversation(named, workspace.stateOf(channel.id)) } };
};

const open: Method = ({ workspace, values }) => {
  const users = namesOf(values.users);
  const named = textOf(values.channel);
  if (users.length === 0 && named === '') return { error: 'users_list_not_supplied' };
  const unknown = users.find((user) => !/^[UW][A-Z0-9]+$/.test(user));
  if (unknown !== undefined) return { error: 'user_not_found' };
  if (users.length > mostInGroup) return { error: 'too_many_users' };
  const channel = workspace.findChannel(named !== '' ? named : users.length > 1 ? groupOf(users) : users[0]);
  if ('error' in channel) return channel;
  if (!flagOf(values.return_im)) return { fields: { ...newlyOpen, channel: { id: channel.id } } };
  const about = conversation(
    { id: channel.id, name: channel.id.toLowerCase() },
    workspace.stateOf(channel.id),
  );
  return { fields: { ...newlyOpen, channel: { ...about, is_open: true } } };
};

const newlyOpen = { no_op: false, already_open: false };

/** Beside the bot: https://docs.slack.dev/reference/methods/conversations.open */
const mostInGroup = 8;

/** The same people always have the same group. */
function groupOf(users: readonly string[]): string {
  const name = [...new Set(users)].sort().join();
  return `G${createHash('sha256').update(name).digest('hex').slice(0, 10).toUpperCase()}`;
}

const members: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const page = pageOf(workspace.stateOf(channel.id).members, values);
  if (page === null) return { error: 'invalid_cursor' };
  return { fields: { members: page.items, response_metadata: { next_cursor: page.nextCursor } } };
};

const join: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const named = { id: channel.id, name: textOf(values.channel).replace(/^#/, '') };
  return { fields: { channel: conversation(named, workspace.stateOf(channel.id)) } };
};

const create: Method = ({ workspace, values }) => {
  const name = textOf(values.name);
  if (!/^[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u.test(name))
    return { error: name === '' ? 'invalid_name_required' : 'invalid_name_specials' };
  const channel = workspace.findChannel(name);
  if ('error' in channel) return channel;
  return { fields: { channel: conversation({ id: channel.id, name }, workspace.stateOf(channel.id)) } };
};

function conversation(
  { id, name }: Channel,
  { topic, purpose, archived, members }: ChannelState,
): JsonObject {
  const direct = id.startsWith('D');
  const group = id.startsWith('G');
  const base = { id, created: 1_700_000_000, is_archived: archived, is_im: direct, is_org_shared: false };
  if (direct) return { ...base, user: `U${id.slice(1)}`, is_user_deleted: false, priority: 0 };
  return {
    ...base,
    name,
    name_normalized: name,
    is_channel: !group,
    is_group: group,
    is_mpim: group,
    is_private: group,
    is_general: name === 'general',
    is_member: true,
    is_shared: false,
    is_ext_shared: false,
    creator: bot.user,
    context_team_id: bot.team,
    topic: { value: topic, creator: '', last_set: 0 },
    purpose: { value: purpose, creator: '', last_set: 0 },
    num_members: members.length,
  };
}

const ofUser: Method = ({ workspace, values }) => {
  const user = textOf(values.user) || bot.user;
  const page = pageOf(
    workspace.channels().filter(({ id }) => workspace.stateOf(id).members.includes(user)),
    values,
  );
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      channels: page.items.map((channel) => conversation(channel, workspace.stateOf(channel.id))),
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

export const conversationMethods = {
  'users.conversations': ofUser,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.list': list,
  'conversations.info': info,
  'conversations.open': open,
  'conversations.members': members,
  'conversations.join': join,
  'conversations.create': create,
} as const satisfies Readonly<Record<string, Method>>;
