import type { JsonObject } from '../json-object.ts';
import type { Arguments, ArgumentValues } from './arguments.ts';
import { numbered, type StoredMessage, shownBlocks } from './history.ts';
import { readMessage } from './message.ts';
import { clientMethodNamed, methodNamed } from './methods/index.ts';
import type { MethodResult } from './methods/method.ts';
import { isSlackMethod } from './methods/slack-methods.ts';
import { postingOf } from './posting.ts';
import {
  errorResponse,
  okResponse,
  okTextResponse,
  type PreparedResponse,
  rateLimitedResponse,
  withoutScopes,
} from './response-builders.ts';
import { asksForError, bot, type Workspace } from './workspace.ts';

export interface MethodCall {
  /** `chat.postMessage` */
  readonly method: string;
  readonly authorization: string | undefined;
  readonly arguments: Arguments;
  /** Of the workspace: `http://127.0.0.1:8080/`, with the session's prefix where there are several. */
  readonly origin: string;
}

/** Answers one method of the Web API. */
export function answerMethod(workspace: Workspace, call: MethodCall): PreparedResponse {
  if ('error' in call.arguments) return withoutScopes(errorResponse(call.arguments.error));
  const { values, warnings, encoding } = call.arguments;
  const retryAfterS = workspace.callRetryAfterS();
  if (retryAfterS > 0) return rateLimitedResponse('ratelimited', retryAfterS);
  if (call.method === 'api.test') {
    const response = answerApiTest(values, warnings);
    return tokenOf(call) === null ? withoutScopes(response) : response;
  }
  const origin = call.origin.slice(0, -1);
  const clientMethod = clientMethodNamed(call.method);
  if (clientMethod !== null) {
    const { authorization } = call;
    return withoutScopes(responseTo(clientMethod({ workspace, values, authorization, origin }), warnings));
  }
  const method = methodNamed(call.method);
  const lacking = method === null && call.method !== 'chat.postMessage' && call.method !== 'auth.test';
  if (lacking && !(workspace.lenient && isSlackMethod(call.method)))
    return withoutScopes(unknownMethod(call.method));
  const token = tokenOf(call) ?? '';
  const error = workspace.tokenError(token, call.method);
  if (error !== null) return errorResponse(error, { ...scopeDetails(error), warnings });
  const response = lacking
    ? unknownMethod(call.method)
    : method !== null
      ? responseTo(method({ workspace, values, encoding, origin }), warnings)
      : call.method === 'auth.test'
        ? okResponse(identity(`${new URL(call.origin).origin}/`), warnings)
        : postMessage(workspace, token, values, warnings);
  return workspace.lenient && !asksForError(values.channel) ? leniently(response, warnings) : response;
}

/** What Slack would refuse is let pass; the record still says that nothing was posted, and why. */
function leniently(response: PreparedResponse, warnings: readonly string[]): PreparedResponse {
  if (response.error === null || response.status !== 200) return response;
  const messages = [`[WARN] lenient: Slack would answer ${response.error}`];
  return { ...okResponse({}, [...warnings, response.error], messages), error: response.error };
}

/** A method that Slack has and this emulator lacks is not taken for a typing mistake. */
function unknownMethod(name: string): PreparedResponse {
  const messages = isSlackMethod(name)
    ? [`[WARN] timer-notify's emulator does not have ${name}; Slack does`]
    : [];
  return errorResponse('unknown_method', { req_method: name, messages });
}

function responseTo(result: MethodResult, encodingWarnings: readonly string[]): PreparedResponse {
  if ('error' in result) {
    return errorResponse(result.error, { ...result.details, warnings: encodingWarnings });
  }
  const { fields, effect, warnings = [] } = result;
  return { ...okResponse(fields, [...encodingWarnings, ...warnings]), effect: effect ?? null };
}

function answerApiTest(values: ArgumentValues, warnings: readonly string[]): PreparedResponse {
  const { token: _, ...args } = values;
  const echoed = Object.keys(args).length === 0 ? {} : { args };
  const { error } = args;
  if (typeof error !== 'string') return okResponse(echoed, warnings);
  return errorResponse(error, { ...echoed, warnings });
}

function postMessage(
  workspace: Workspace,
  token: string,
  values: ArgumentValues,
  encodingWarnings: readonly string[],
): PreparedResponse {
  const channel = workspace.findChannel(values.channel);
  if ('error' in channel) return errorResponse(channel.error, { warnings: encodingWarnings });
  if (workspace.stateOf(channel.id).archived)
    return errorResponse('is_archived', { warnings: encodingWarnings });
  const content = readMessage(values);
  if ('error' in content) {
    return errorResponse(content.error, { messages: content.messages, warnings: encodingWarnings });
  }
  const retryAfterS = workspace.retryAfterS(token, channel.id);
  if (retryAfterS > 0) return rateLimitedResponse('ratelimited', retryAfterS);
  const effect = postingOf(workspace, content, {
    channel: channel.id,
    channelName: typeof values.channel === 'string' ? values.channel : null,
    via: 'chat.postMessage',
    author: workspace.author(values),
  });
  const { ts } = effect.message;
  return okTextResponse(
    `"channel":"${channel.id}","ts":"${ts}","message":${messageJson(effect.message)}`,
    [...encodingWarnings, ...content.warnings],
    effect,
  );
}

/** Written as text because it is the one response that is given 20,000 times a second. */
function messageJson(message: StoredMessage): string {
  const { author, ts, text, attachments, threadTs, metadata } = message;
  const blocks = shownBlocks(message);
  let json = `{${JSON.stringify(author).slice(1, -1)},"type":"message","ts":"${ts}","text":${JSON.stringify(text)}`;
  if (threadTs !== null) json += `,"thread_ts":${JSON.stringify(threadTs)}`;
  if (blocks.length > 0) json += `,"blocks":${JSON.stringify(blocks)}`;
  if (attachments.length > 0) json += `,"attachments":${JSON.stringify(attachments.map(numbered))}`;
  if (metadata !== null) json += `,"metadata":${JSON.stringify(metadata)}`;
  return `${json}}`;
}

function identity(origin: string): JsonObject {
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
