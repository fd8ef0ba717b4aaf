import { parseObject } from '../json-object.ts';
import { type Answer, jsonAnswer, textErrorAnswer } from './answer.ts';
import { readMessage } from './message.ts';
import { postingOf } from './posting.ts';
import type { Workspace } from './workspace.ts';

/** What Slack serves beside methods and incoming webhooks. */
export interface SideDoor {
  readonly name: 'response_url' | 'workflow' | 'upload';
  answer(workspace: Workspace, path: string, body: Buffer): Answer;
}

/** Where messages sent to a `response_url` land: the channel of the interaction. */
const interactionChannel = 'C0INTERACTION';

const responseUrl: SideDoor = {
  name: 'response_url',
  answer(workspace, _path, body) {
    const values = parseObject(body.toString('utf8'));
    if (values === null) return textErrorAnswer(400, 'invalid_payload');
    if (values.delete_original === true) return jsonAnswer(200, { ok: true }, null);
    const content = readMessage(values);
    if ('error' in content) return jsonAnswer(200, { ok: false, error: content.error }, content.error);
    const effect = postingOf(workspace, content, {
      channel: interactionChannel,
      channelName: null,
      via: 'response_url',
      author: workspace.author({}),
    });
    return { ...jsonAnswer(200, { ok: true }, null), effect };
  },
};

/** Workflow triggers take any JSON object: https://docs.slack.dev/tools/deno-slack-sdk/guides/creating-webhook-triggers */
const workflow: SideDoor = {
  name: 'workflow',
  answer: (_workspace, _path, body) =>
    parseObject(body.toString('utf8')) === null
      ? jsonAnswer(400, { ok: false, error: 'invalid_webhook_format' }, 'invalid_webhook_format')
      : jsonAnswer(200, { ok: true }, null),
};

const upload: SideDoor = {
  name: 'upload',
  answer(workspace, path, body) {
    const file = workspace.uploads.get(path.slice('/upload/v1/'.length));
    if (file === undefined) return textErrorAnswer(404, 'file_not_found');
    file.received = body.length;
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: `OK - ${body.length}`,
      error: null,
      effect: null,
    };
  },
};

/** The side door that a path leads to; null for methods and incoming webhooks. */
export function sideDoorOf(path: string): SideDoor | null {
  if (/^\/(actions|commands)\//.test(path)) return responseUrl;
  if (/^\/(triggers|workflows)\//.test(path)) return workflow;
  return path.startsWith('/upload/v1/') ? upload : null;
}
