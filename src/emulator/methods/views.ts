import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../json-object.ts';
import { blockErrors } from '../blocks.ts';
import { bot, type Workspace } from '../workspace.ts';
import { invalidArguments, jsonOf, type Method, type MethodResult, newId, textOf } from './method.ts';

/** Modals are opened for a trigger, which a command or an interaction brings. */
const open: Method = ({ workspace, values }) => {
  if (textOf(values.trigger_id) === '' && textOf(values.interactivity_pointer) === '')
    return invalidArguments('missing required field: trigger_id');
  return shown(workspace, values.view, newId('V'));
};

/** A person has one home tab, which each publishing replaces. */
const publish: Method = ({ workspace, values }) => {
  const user = textOf(values.user_id);
  if (user === '') return invalidArguments('missing required field: user_id');
  const before = workspace.views.get(homeOf(user));
  if (isStale(values.hash, before)) return { error: 'hash_conflict' };
  return shown(workspace, values.view, homeOf(user));
};

const update: Method = ({ workspace, values }) => {
  const id = textOf(values.view_id);
  const external = textOf(values.external_id);
  if (id === '' && external === '') return invalidArguments('missing required field: view_id');
  const before =
    id === ''
      ? workspace.views.values().find(({ external_id }) => external_id === external)
      : workspace.views.get(id);
  if (before === undefined) return { error: 'not_found' };
  if (isStale(values.hash, before)) return { error: 'hash_conflict' };
  return shown(workspace, values.view, textOf(before.id));
};

function homeOf(user: string): string {
  return `V${user.slice(1)}`;
}

/** Whether the view was changed since the caller saw it. */
function isStale(hash: unknown, before: JsonObject | undefined): boolean {
  return textOf(hash) !== '' && before !== undefined && before.hash !== hash;
}

const longest = 250 * 1024;

function shown(workspace: Workspace, value: unknown, id: string): MethodResult {
  const view = jsonOf(value);
  if (!isObject(view)) return invalidArguments('missing required field: view');
  if (view.type !== 'modal' && view.type !== 'home')
    return invalidArguments('must be a valid enum value [json-pointer:/view/type]');
  if (JSON.stringify(view).length > longest) return { error: 'view_too_large' };
  const messages = blockErrors(Array.isArray(view.blocks) ? view.blocks : [], mostBlocks);
  if (messages.length > 0)
    return {
      error: 'invalid_arguments',
      details: { messages: messages.map((one) => one.replace('pointer:', 'pointer:/view')) },
    };
  const external = textOf(view.external_id);
  const twin = workspace.views.values().find((one) => external !== '' && one.external_id === external);
  if (twin !== undefined && twin.id !== id) return { error: 'duplicate_external_id' };
  const kept: JsonObject = {
    callback_id: '',
    private_metadata: '',
    external_id: '',
    clear_on_close: false,
    notify_on_close: false,
    ...view,
    id,
    team_id: bot.team,
    app_id: bot.app,
    bot_id: bot.bot,
    hash: `${Math.trunc(Date.now() / 1000)}.${randomUUID().slice(0, 8)}`,
    root_view_id: id,
    previous_view_id: null,
    state: { values: {} },
  };
  return workspace.views.set(id, kept) ? { fields: { view: kept } } : noRoom;
}

/** Of a view, twice those of a message: https://docs.slack.dev/reference/block-kit/blocks */
const mostBlocks = 100;

const noRoom: MethodResult = {
  error: 'push_limit_reached',
  details: { messages: ['[ERROR] the emulator keeps no more views'] },
};

export const viewMethods = {
  'views.open': open,
  'views.push': open,
  'views.publish': publish,
  'views.update': update,
} as const satisfies Readonly<Record<string, Method>>;
