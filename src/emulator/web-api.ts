import { isObject } from '../json-object.ts';
import { type Answer, errorAnswer, okAnswer, okTextAnswer, rateLimitedAnswer } from './answer.ts';
import type { Arguments, ArgumentValues } from './arguments.ts';
import { type MessageContent, readMessage } from './message.ts';
import type { Workspace } from './workspace.ts';

export interface MethodCall {
  /** `chat.postMessage` */
  readonly method: string;
  readonly authorization: string | undefined;
  readonly arguments: Arguments;
  /** `http://127.0.0.1:8080/`, which auth.test calls the workspace's URL. */
  readonly origin: string;
}

const bot = { user: 'U0TIMERBOT', bot: 'B0TIMERBOT', team: 'T0TIMERTEAM', app: 'A0TIMERAPP' } as const;

const botAuthorJson = JSON.stringify({
  user: bot.user,
  bot_id: bot.bot,
  app_id: bot.app,
  team: bot.team,
  bot_profile: { id: bot.bot, app_id: bot.app, name: 'timer-notify', deleted: false, team_id: bot.team },
}).slice(1, -1);

/** Answers one method of the Web API. */
export function answerMethod(workspace: Workspace, call: MethodCall): Answer {
  if ('error' in call.arguments) return errorAnswer(call.arguments.error);
  const { values, warnings } = call.arguments;
  const posting = call.method === 'chat.postMessage';
  if (call.method === 'api.test') return answerApiTest(values, warnings);
  if (!posting && call.method !== 'auth.test') {
    return errorAnswer('unknown_method', { req_method: call.method });
  }
  const token = tokenOf(call);
  const error = workspace.tokenError(token);
  if (error !== null) return errorAnswer(error, { ...scopeDetails(error), warnings });
  return posting
    ? postMessage(workspace, token ?? '', values, warnings)
    : okAnswer(identity(call.origin), warnings);
}

function answerApiTest(values: ArgumentValues, warnings: readonly string[]): Answer {
  const { token: _, ...args } = values;
  const echoed = Object.keys(args).length === 0 ? {} : { args };
  const { error } = args;
  if (typeof error !== 'string') return okAnswer(echoed, warnings);
  return errorAnswer(error, { ...echoed, warnings });
}

function postMessage(
  workspace: Workspace,
  token: string,
  values: ArgumentValues,
  encodingWarnings: readonly string[],
): Answer {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return errorAnswer(channel.error, { warnings: encodingWarnings });
  const content = readMessage(values);
  if ('error' in content) {
    return errorAnswer(content.error, { messages: content.messages, warnings: encodingWarnings });
  }
  const retryAfterS = workspace.retryAfterS(token, channel.id);
  if (retryAfterS > 0) return rateLimitedAnswer('ratelimited', retryAfterS);
  const ts = workspace.nextTs();
  const payload = content.metadata?.event_payload;
  return okTextAnswer(
    `"channel":"${channel.id}","ts":"${ts}","message":${messageJson(values, content, ts)}`,
    [...encodingWarnings, ...content.warnings],
    {
      channel: channel.id,
      channelName: typeof values.channel === 'string' ? values.channel : null,
      ts,
      threadTs: content.threadTs,
      text: content.text,
      blocks: content.blocks,
      attachments: content.attachments,
      via: 'chat.postMessage',
      payload: isObject(payload) ? payload : {},
    },
  );
}

/** Written as text because it is the one answer that is given 20,000 times a second. */
function messageJson(values: ArgumentValues, content: MessageContent, ts: string): string {
  const { text, blocks, attachments, threadTs, metadata } = content;
  let json = `{${authorJson(values)},"type":"message","ts":"${ts}","text":${JSON.stringify(text)}`;
  if (threadTs !== null) json += `,"thread_ts":${JSON.stringify(threadTs)}`;
  if (blocks.length > 0) json += `,"blocks":${JSON.stringify(blocks)}`;
  if (attachments.length > 0) json += `,"attachments":${JSON.stringify(attachments.map(numbered))}`;
  if (metadata !== null) json += `,"metadata":${JSON.stringify(metadata)}`;
  return `${json}}`;
}

/** A message under another name or icon is a `bot_message`. */
function authorJson({ username, icon_emoji, icon_url }: ArgumentValues): string {
  if (username === undefined && icon_emoji === undefined && icon_url === undefined) return botAuthorJson;
  const author = {
    subtype: 'bot_message',
    bot_id: bot.bot,
    app_id: bot.app,
    ...(username === undefined ? {} : { username }),
    ...(icon_emoji === undefined ? {} : { icons: { emoji: icon_emoji } }),
  };
  return JSON.stringify(author).slice(1, -1);
}

/** Slack numbers attachments from 1 and fills the fallback. */
function numbered(attachment: unknown, index: number): unknown {
  return isObject(attachment)
    ? { id: index + 1, fallback: '[no preview available]', ...attachment }
    : attachment;
}

function identity(origin: string): object {
  return {
    url: origin,
    team: 'Timer Team',
    user: 'timer-notify',
    team_id: bot.team,
    user_id: bot.user,
    bot_id: bot.bot,
    is_enterprise_install: false,
  };
}

/** From the header, else from a form's `token`; a token in JSON or in the query is not accepted. */
function tokenOf({ authorization, arguments: args }: MethodCall): string | null {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  if ('error' in args || args.encoding !== 'form') return null;
  return typeof args.values.token === 'string' ? args.values.token : null;
}

function scopeDetails(error: string): object {
  return error === 'missing_scope' ? { needed: 'chat:write', provided: 'incoming-webhook' } : {};
}
