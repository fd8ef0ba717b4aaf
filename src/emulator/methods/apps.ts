import { blockErrors } from '../blocks.ts';
import { bot } from '../workspace.ts';
import { flagOf, invalidArguments, jsonOf, type Method, textOf } from './method.ts';

const validateBlocks: Method = ({ values }) => {
  const blocks = jsonOf(values.blocks);
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format' };
  const messages = blockErrors(blocks);
  return messages.length === 0 ? { fields: {} } : { error: 'invalid_blocks', details: { messages } };
};

const openConnection: Method = ({ workspace, origin }) => {
  const ticket = workspace.nextTicket();
  return { fields: { url: `${origin.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${bot.app}` } };
};

const teamInfo: Method = ({ origin }) => ({
  fields: {
    team: { id: bot.team, name: 'Timer Team', domain: 'timer-team', url: `${origin}/`, email_domain: '' },
  },
});

const botInfo: Method = () => ({
  fields: { bot: { id: bot.bot, deleted: false, name: bot.name, user_id: bot.user, app_id: bot.app } },
});

/** Of an assistant's thread: https://docs.slack.dev/ai/developing-ai-apps */
const setOfThread: Method = ({ workspace, values }) => {
  const channel = workspace.findChannel(values.channel_id);
  if ('error' in channel) return channel;
  return textOf(values.thread_ts) === ''
    ? invalidArguments('missing required field: thread_ts')
    : { fields: {} };
};

const completeFunction: Method = ({ values }) =>
  textOf(values.function_execution_id) === ''
    ? invalidArguments('missing required field: function_execution_id')
    : { fields: {} };

const none =
  (list: string): Method =>
  () => ({ fields: { [list]: [] } });
const emoji: Method = () => ({ fields: { emoji: {}, cache_ts: '1700000000.000000' } });
const revoke: Method = ({ values }) => ({ fields: { revoked: !flagOf(values.test) } });

export const appMethods = {
  'blocks.validate': validateBlocks,
  'apps.connections.open': openConnection,
  'team.info': teamInfo,
  'bots.info': botInfo,
  'assistant.threads.setStatus': setOfThread,
  'assistant.threads.setTitle': setOfThread,
  'assistant.threads.setSuggestedPrompts': setOfThread,
  'functions.completeSuccess': completeFunction,
  'functions.completeError': completeFunction,
  'usergroups.list': none('usergroups'),
  'emoji.list': emoji,
  'auth.revoke': revoke,
} as const satisfies Readonly<Record<string, Method>>;
