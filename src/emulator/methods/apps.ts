import { randomUUID } from 'node:crypto';
import { isObject } from '../../json-object.ts';
import { blockErrors } from '../blocks.ts';
import { bot } from '../workspace.ts';
import { flagOf, invalidArguments, jsonOf, type Method, type Reply, textOf } from './method.ts';

const getUploadUrl: Method = ({ workspace, values, origin }) => {
  const name = textOf(values.filename);
  const length = Number(textOf(values.length));
  if (name === '') return invalidArguments('missing required field: filename');
  if (!Number.isInteger(length) || length <= 0) return invalidArguments('missing required field: length');
  const id = newId('F');
  if (!workspace.uploads.set(id, { id, name, length, received: null })) return noRoom;
  return { fields: { file_id: id, upload_url: `${origin}/upload/v1/${id}` } };
};

/** As a team that takes no more files. */
const noRoom: Reply = {
  error: 'file_uploads_disabled',
  details: { messages: ['[ERROR] the emulator keeps no more files; delete some with files.delete'] },
};

const completeUpload: Method = ({ workspace, values }) => {
  const files = jsonOf(values.files);
  if (!Array.isArray(files) || files.length === 0) return invalidArguments('missing required field: files');
  const done = files.map((file) => {
    const upload = workspace.uploads.get(isObject(file) ? textOf(file.id) : '');
    if (upload === undefined || upload.received === null) return null;
    const title = isObject(file) ? textOf(file.title) : '';
    return {
      id: upload.id,
      name: upload.name,
      title: title === '' ? upload.name : title,
      size: upload.received,
    };
  });
  if (done.includes(null)) return { error: 'file_not_found' };
  const named = textOf(values.channel_id) || textOf(values.channels).split(',')[0];
  if (named !== undefined && named !== '') {
    const channel = workspace.findChannel(named);
    if ('error' in channel) return channel;
  }
  return { fields: { files: done } };
};

const openView: Method = ({ values }) => viewOf(values.view, values.trigger_id);
const publishView: Method = ({ values }) => viewOf(values.view, values.user_id);
const updateView: Method = ({ values }) => viewOf(values.view, values.view_id ?? values.external_id);

/** A modal or home tab; `owner` is what the call must name beside it. */
function viewOf(value: unknown, owner: unknown): ReturnType<Method> {
  if (textOf(owner) === '') return invalidArguments('missing required field');
  const view = jsonOf(value);
  if (!isObject(view)) return invalidArguments('missing required field: view');
  if (view.type !== 'modal' && view.type !== 'home')
    return {
      error: 'invalid_arguments',
      details: { messages: ['[ERROR] must be a valid enum value [json-pointer:/view/type]'] },
    };
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  const messages = blockErrors(blocks);
  if (messages.length > 0) return { error: 'invalid_arguments', details: { messages } };
  const id = newId('V');
  return {
    fields: {
      view: {
        callback_id: '',
        private_metadata: '',
        ...view,
        id,
        team_id: bot.team,
        app_id: bot.app,
        bot_id: bot.bot,
        hash: randomUUID().slice(0, 8),
        root_view_id: id,
        state: { values: {} },
      },
    },
  };
}

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

/** Files whose upload was completed. */
const fileInfo: Method = ({ workspace, values }) => {
  const file = workspace.uploads.get(textOf(values.file));
  return file === undefined || file.received === null
    ? { error: 'file_not_found' }
    : { fields: { file: { id: file.id, name: file.name, title: file.name, size: file.received } } };
};

const deleteFile: Method = ({ workspace, values }) =>
  workspace.uploads.delete(textOf(values.file)) ? { fields: {} } : { error: 'file_not_found' };

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

function newId(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
}

export const appMethods = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'views.open': openView,
  'views.push': openView,
  'views.publish': publishView,
  'views.update': updateView,
  'blocks.validate': validateBlocks,
  'apps.connections.open': openConnection,
  'team.info': teamInfo,
  'bots.info': botInfo,
  'files.info': fileInfo,
  'files.delete': deleteFile,
  'assistant.threads.setStatus': setOfThread,
  'assistant.threads.setTitle': setOfThread,
  'assistant.threads.setSuggestedPrompts': setOfThread,
  'functions.completeSuccess': completeFunction,
  'functions.completeError': completeFunction,
  'usergroups.list': none('usergroups'),
  'emoji.list': emoji,
  'auth.revoke': revoke,
} as const satisfies Readonly<Record<string, Method>>;
