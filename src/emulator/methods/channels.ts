import { messageFields } from '../history.ts';
import type { ChannelState, Workspace } from '../workspace.ts';
import {
  invalidArguments,
  type Method,
  type MethodInput,
  type MethodResult,
  namesOf,
  textOf,
} from './method.ts';

/** More channels were changed than the emulator keeps. */
const noRoom: MethodResult = {
  error: 'restricted_action',
  details: { messages: ['[ERROR] the emulator keeps the state of no more channels'] },
};

/** Members of a channel that are kept. */
const mostMembers = 10_000;

/** A method that changes a channel; `change` gives the channel's new state, or an error. */
function changing(
  change: (state: ChannelState, input: MethodInput) => Partial<ChannelState> | string,
  fields: (state: ChannelState) => Readonly<Record<string, unknown>> = () => ({}),
): Method {
  return (input) => {
    const { workspace, values } = input;
    const channel = workspace.findChannel(values.channel);
    if ('error' in channel) return channel;
    const before = workspace.stateOf(channel.id);
    const changed = change(before, input);
    if (typeof changed === 'string') return { error: changed };
    const after = { ...before, ...changed };
    if (!workspace.states.set(channel.id, after)) return noRoom;
    return { fields: fields(after) };
  };
}

/** Slack's own limit of both. */
const longest = 250;

const setTopic = changing(
  (_, { values }) => (textOf(values.topic).length > longest ? 'too_long' : { topic: textOf(values.topic) }),
  ({ topic }) => ({ topic, channel: { topic: { value: topic } } }),
);
const setPurpose = changing(
  (_, { values }) =>
    textOf(values.purpose).length > longest ? 'too_long' : { purpose: textOf(values.purpose) },
  ({ purpose }) => ({ purpose, channel: { purpose: { value: purpose } } }),
);
const archive = changing(({ archived }) => (archived ? 'already_archived' : { archived: true }));
const unarchive = changing(({ archived }) => (archived ? { archived: false } : 'not_archived'));

const invite = changing(({ members }, { values }) => {
  const users = namesOf(values.users);
  if (users.length === 0) return 'no_user';
  if (users.some((user) => !/^[UW][A-Z0-9]+$/.test(user))) return 'user_not_found';
  if (users.every((user) => members.includes(user))) return 'already_in_channel';
  const after = new Set([...members, ...users]);
  return after.size > mostMembers ? 'too_many_users' : { members: [...after] };
});

const kick = changing(({ members }, { values }) => {
  const user = textOf(values.user);
  return members.includes(user) ? { members: members.filter((one) => one !== user) } : 'not_in_channel';
});

/** Channels are there whether one has joined them or not, and nobody reads. */
const unchanged = changing(() => ({}));

/** The message that a pin names by `channel` and `timestamp`. */
function pinned(
  { workspace, values }: MethodInput,
  change: (pins: ReadonlySet<string>, ts: string) => ReadonlySet<string> | string,
): MethodResult {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  const ts = textOf(values.timestamp);
  if (ts === '') return invalidArguments('missing required field: timestamp');
  if (workspace.history.find(channel.id, ts) === null) return { error: 'message_not_found' };
  const state = workspace.stateOf(channel.id);
  const pins = change(state.pins, ts);
  if (typeof pins === 'string') return { error: pins };
  const kept = [...pins].filter((one) => workspace.history.find(channel.id, one) !== null);
  return workspace.states.set(channel.id, { ...state, pins: new Set(kept) }) ? { fields: {} } : noRoom;
}

const addPin: Method = (input) =>
  pinned(input, (pins, ts) => (pins.has(ts) ? 'already_pinned' : new Set([...pins, ts])));

const removePin: Method = (input) =>
  pinned(input, (pins, ts) => (pins.has(ts) ? new Set([...pins].filter((one) => one !== ts)) : 'no_pin'));

const listPins: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return channel;
  return { fields: { items: pinnedMessages(workspace, channel.id) } };
};

function pinnedMessages(workspace: Workspace, channel: string): readonly object[] {
  return [...workspace.stateOf(channel).pins].flatMap((ts) => {
    const message = workspace.history.find(channel, ts);
    return message === null ? [] : [{ type: 'message', channel, message: messageFields(message) }];
  });
}

export const channelMethods = {
  'conversations.setTopic': setTopic,
  'conversations.setPurpose': setPurpose,
  'conversations.archive': archive,
  'conversations.unarchive': unarchive,
  'conversations.invite': invite,
  'conversations.kick': kick,
  'conversations.leave': unchanged,
  'conversations.close': unchanged,
  'conversations.mark': unchanged,
  'pins.add': addPin,
  'pins.remove': removePin,
  'pins.list': listPins,
} as const satisfies Readonly<Record<string, Method>>;
