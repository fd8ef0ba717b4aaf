import { createHash } from 'node:crypto';
import type { JsonObject } from '../../json-object.ts';
import { messageFields } from '../history.ts';
import { bot } from '../workspace.ts';
import { type Method, type MethodInput, pageOf, textOf } from './method.ts';

const info: Method = ({ values }) => {
  const id = textOf(values.user);
  return /^[UWB][A-Z0-9]+$/.test(id) ? { fields: { user: user(id) } } : { error: 'user_not_found' };
};

/** Every well-formed address of `example.com` belongs to somebody, the same one each time. */
const lookupByEmail: Method = ({ values }) => {
  const email = textOf(values.email);
  if (!/^[^@\s]+@[^@\s]+$/.test(email) || email.startsWith('nobody@')) return { error: 'users_not_found' };
  const id = `U${createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 10).toUpperCase()}`;
  return { fields: { user: user(id, email) } };
};

const list: Method = ({ values }) => {
  const page = pageOf([bot.user, 'U0ALICE', 'U0BOB', 'USLACKBOT'], values);
  if (page === null) return { error: 'invalid_cursor' };
  return {
    fields: {
      members: page.items.map((id) => user(id)),
      cache_ts: Math.trunc(Date.now() / 1000),
      response_metadata: { next_cursor: page.nextCursor },
    },
  };
};

const getProfile: Method = ({ values }) => {
  const id = textOf(values.user) || bot.user;
  return /^[UWB][A-Z0-9]+$/.test(id)
    ? { fields: { profile: user(id).profile } }
    : { error: 'user_not_found' };
};

const listReactions: Method = ({ workspace, values }) => {
  const reacting = textOf(values.user) || bot.user;
  const items = workspace
    .channels()
    .flatMap(({ id }) => workspace.history.in(id))
    .filter(({ reactions }) => [...reactions.values()].some((users) => users.has(reacting)))
    .map((message) => ({ type: 'message', channel: message.channel, message: messageFields(message) }));
  const page = pageOf(items, values);
  if (page === null) return { error: 'invalid_cursor' };
  return { fields: { items: page.items, response_metadata: { next_cursor: page.nextCursor } } };
};

const setPhoto: Method = () => ({ fields: { profile: { avatar_hash: '0123456789ab' } } });
const getPresence: Method = () => ({ fields: { presence: 'active', online: true } });
const setPresence: Method = () => ({ fields: {} });

function user(id: string, email = `${id.toLowerCase()}@example.com`): JsonObject {
  const isBot = id === bot.user || id.startsWith('B');
  const name = isBot ? bot.name : id.toLowerCase();
  return {
    id,
    team_id: bot.team,
    name,
    deleted: false,
    real_name: name,
    tz: 'Etc/UTC',
    tz_label: 'UTC',
    tz_offset: 0,
    is_admin: false,
    is_owner: false,
    is_bot: isBot,
    is_app_user: false,
    updated: 1_700_000_000,
    profile: {
      real_name: name,
      display_name: name,
      team: bot.team,
      ...(isBot ? { bot_id: bot.bot, api_app_id: bot.app } : { email }),
    },
  };
}

/** Reactions that one person may add to a message; here it is always the bot. */
const mostReactions = 23;

const addReaction: Method = (input) =>
  react(input, (users) => (users.has(bot.user) ? 'already_reacted' : new Set([...users, bot.user])));

const removeReaction: Method = (input) =>
  react(input, (users) => {
    return users.has(bot.user) ? new Set([...users].filter((user) => user !== bot.user)) : 'no_reaction';
  });

const getReactions: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const message = workspace.history.find(channel.id, textOf(values.timestamp));
  return message === null
    ? { error: 'message_not_found' }
    : { fields: { type: 'message', channel: channel.id, message: messageFields(message) } };
};

/** `change` gives who reacts then, or the error. */
function react(
  { workspace, values }: MethodInput,
  change: (users: ReadonlySet<string>) => ReadonlySet<string> | string,
): ReturnType<Method> {
  const name = textOf(values.name).replaceAll(':', '');
  if (!/^[\p{Ll}\p{N}_+'-]{1,100}(::skin-tone-[2-6])?$/u.test(name)) return { error: 'invalid_name' };
  if (values.channel === undefined || values.timestamp === undefined) return { error: 'no_item_specified' };
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const message = workspace.history.find(channel.id, textOf(values.timestamp));
  if (message === null) return { error: 'message_not_found' };
  const users = change(message.reactions.get(name) ?? new Set());
  if (typeof users === 'string') return { error: users };
  const others = [...message.reactions].filter(([other]) => other !== name);
  const reactions = new Map(users.size === 0 ? others : [...others, [name, users]]);
  if (reactions.size > mostReactions) return { error: 'too_many_reactions' };
  return { fields: {}, effect: { kind: 'changed', message: { ...message, reactions } } };
}

export const peopleMethods = {
  'users.info': info,
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'users.profile.get': getProfile,
  'users.setPhoto': setPhoto,
  'users.getPresence': getPresence,
  'users.setPresence': setPresence,
  'reactions.add': addReaction,
  'reactions.remove': removeReaction,
  'reactions.get': getReactions,
  'reactions.list': listReactions,
} as const satisfies Readonly<Record<string, Method>>;
