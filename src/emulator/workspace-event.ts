import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject, parseObject } from '../json-object.ts';
import { readMessage } from './message.ts';
import { postingOf } from './posting.ts';
import { bot, type Workspace } from './workspace.ts';

/** Kinds of envelope: https://docs.slack.dev/apis/events-api/using-socket-mode */
const envelopeTypes = ['events_api', 'slash_commands', 'interactive'] as const;
export type EnvelopeType = (typeof envelopeTypes)[number];

/** Something that happens in the workspace, as it is sent to bots. */
export interface WorkspaceEvent {
  readonly type: EnvelopeType;
  readonly payload: JsonObject;
}

/** `{"event": {…}}`, or `{"type": "slash_commands", "payload": {…}}`; null for anything else. `origin` is the server's own. */
export function readWorkspaceEvent(
  body: string,
  workspace: Workspace,
  origin: string,
): WorkspaceEvent | null {
  const request = parseObject(body);
  if (request === null) return null;
  const { event, type, payload } = request;
  if (isObject(event)) return { type: 'events_api', payload: eventCallback(said(event, workspace)) };
  if (!isObject(payload)) return null;
  switch (type) {
    case 'events_api':
      return { type, payload };
    case 'slash_commands':
      return {
        type,
        payload: workspace.responses.noted({ ...aCommand, ...triggered(payload) }, 'commands', origin),
      };
    case 'interactive':
      return {
        type,
        payload: workspace.responses.noted({ ...anInteraction, ...triggered(payload) }, 'actions', origin),
      };
    default:
      return null;
  }
}

const person = 'U0ALICE';

/** What Slack adds to every command: https://docs.slack.dev/interactivity/implementing-slash-commands */
const aCommand: JsonObject = {
  token: 'not-verified',
  team_id: bot.team,
  team_domain: 'timer-team',
  api_app_id: bot.app,
  channel_id: 'C0GENERAL',
  channel_name: 'general',
  user_id: person,
  user_name: person.toLowerCase(),
  text: '',
  is_enterprise_install: 'false',
};

const anInteraction: JsonObject = {
  token: 'not-verified',
  api_app_id: bot.app,
  team: { id: bot.team, domain: 'timer-team' },
  user: { id: person, username: person.toLowerCase(), team_id: bot.team },
  is_enterprise_install: false,
};

function triggered(payload: JsonObject): JsonObject {
  return { trigger_id: `${Date.now()}.1.${randomUUID().replaceAll('-', '')}`, ...payload };
}

/** A person's message stands in its channel as well: a bot may read it there, reply to it and react to it. */
function said(event: JsonObject, workspace: Workspace): JsonObject {
  const ts = typeof event.ts === 'string' ? event.ts : workspace.nextTs();
  const whole = { ...event, ts, event_ts: event.event_ts ?? ts };
  if (event.type !== 'message' && event.type !== 'app_mention') return whole;
  const channel = workspace.findChannel(event.channel);
  const content = readMessage(event);
  if (event.subtype !== undefined || 'error' in channel || 'error' in content) return whole;
  const posting = postingOf(workspace, content, {
    channel: channel.id,
    channelName: null,
    via: 'chat.postMessage',
    author: { user: event.user ?? person, team: bot.team },
  });
  workspace.apply({ ...posting, message: { ...posting.message, ts }, rest: [] });
  return whole;
}

/** An `event_callback` as the Events API wraps an event, whichever way it travels. */
function eventCallback(event: JsonObject): JsonObject {
  return {
    token: 'not-verified',
    team_id: bot.team,
    api_app_id: bot.app,
    event: { team: bot.team, ...event },
    type: 'event_callback',
    event_id: `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    event_time: Math.trunc(Date.now() / 1000),
    authorizations: [{ enterprise_id: null, team_id: bot.team, user_id: bot.user, is_bot: true }],
    is_ext_shared_channel: false,
  };
}
