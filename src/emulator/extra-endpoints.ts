import type { IncomingHttpHeaders } from 'node:http';
import { type JsonObject, parseObject } from '../json-object.ts';
import { readMessage } from './message.ts';
import { readMultipart } from './multipart.ts';
import { postingOf } from './posting.ts';
import { jsonResponse, type PreparedResponse, textErrorResponse } from './response-builders.ts';
import type { Workspace } from './workspace.ts';

/** What Slack serves beside methods and incoming webhooks. */
export interface ExtraEndpoint {
  readonly name: 'response_url' | 'workflow' | 'upload';
  answer(workspace: Workspace, call: SideCall): PreparedResponse | Promise<PreparedResponse>;
}

interface SideCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const responseUrl: ExtraEndpoint = {
  name: 'response_url',
  answer(workspace, { path, body }) {
    const values = parseObject(body.toString('utf8'));
    if (values === null) return textErrorResponse(400, 'invalid_payload');
    const { channel, user, ts } = workspace.responses.of(path);
    const original = ts === null ? null : workspace.history.find(channel, ts);
    if (values.delete_original === true) {
      const response = jsonResponse(200, { ok: true }, null);
      return original === null
        ? response
        : { ...response, effect: { kind: 'deleted', channel, ts: original.ts } };
    }
    const content = readMessage(values);
    if ('error' in content) return jsonResponse(200, { ok: false, error: content.error }, content.error);
    const response = jsonResponse(200, { ok: true }, null);
    if (values.replace_original === true && original !== null) {
      const { text, blocks, attachments } = content;
      const message = { ...original, text, blocks, attachments, editedTs: workspace.nextTs() };
      return { ...response, effect: { kind: 'changed', message } };
    }
    const effect = postingOf(workspace, content, {
      channel,
      channelName: null,
      via: 'response_url',
      author: workspace.author({}),
      ...(isForAll(values) ? {} : { visibleTo: user }),
    });
    return { ...response, effect };
  },
};

/** Only who did it sees the answer, unless it says otherwise; what replaces a message is for all who saw that one. */
function isForAll({ response_type, replace_original }: JsonObject): boolean {
  return response_type === 'in_channel' || replace_original === true;
}

/** Workflow triggers take any JSON object: https://docs.slack.dev/tools/deno-slack-sdk/guides/creating-webhook-triggers */
const workflow: ExtraEndpoint = {
  name: 'workflow',
  answer: (_workspace, { body }) =>
    parseObject(body.toString('utf8')) === null
      ? jsonResponse(400, { ok: false, error: 'invalid_webhook_format' }, 'invalid_webhook_format')
      : jsonResponse(200, { ok: true }, null),
};

const upload: ExtraEndpoint = {
  name: 'upload',
  async answer(workspace, { path, headers, body }) {
    const file = workspace.uploads.get(path.slice('/upload/v1/'.length));
    if (file === undefined) return textErrorResponse(404, 'file_not_found');
    const size = await sizeOf(headers['content-type'] ?? '', body);
    if (size === null) return textErrorResponse(400, 'invalid_form_data');
    file.received = size;
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: `OK - ${size}`,
      error: null,
      effect: null,
    };
  },
};

/** Of the file: the body itself, or the only file of a form. Null where the form is none. */
async function sizeOf(contentType: string, body: Buffer): Promise<number | null> {
  if (!contentType.startsWith('multipart/form-data')) return body.length;
  const form = await readMultipart(body, contentType);
  const [file] = [...(form?.values() ?? [])].filter((value) => typeof value !== 'string');
  return file?.size ?? null;
}

/** The endpoint that a path leads to; null for methods and incoming webhooks. */
export function extraEndpointOf(path: string): ExtraEndpoint | null {
  if (/^\/(actions|commands)\//.test(path)) return responseUrl;
  if (/^\/(triggers|workflows)\//.test(path)) return workflow;
  return path.startsWith('/upload/v1/') ? upload : null;
}
