import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback } from '../loopback.ts';
import type { SocketMode } from '../socket-mode.ts';
import type { Workspace } from '../workspace.ts';
import { readWorkspaceEvent, type WorkspaceEvent } from '../workspace-event.ts';

/** Where a bot with an HTTP receiver listens. */
export interface EventsTarget {
  readonly url: string;
  readonly signingSecret: string;
}

export interface Dispatched {
  /** Socket Mode connections that got it. */
  readonly sockets: number;
  /** Status of the bot's HTTP receiver; null where there is none, or it did not respond. */
  readonly status: number | null;
}

const bodyLimitBytes = 1024 * 1024;

/** `POST /dispatch` makes something happen in the workspace: `{"event": {"type": "message", "text": "hi", …}}`. */
export function answerDispatch(
  request: IncomingMessage,
  response: ServerResponse,
  workspace: Workspace,
  deliverIt: (event: WorkspaceEvent) => Promise<Dispatched>,
): boolean {
  if (request.method !== 'POST' || request.url !== '/dispatch' || !isLoopback(request.headers.host))
    return false;
  // A page on the internet can post a form here, but no JSON without being asked first.
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) return false;
  void readText(request).then(async (body) => {
    const event = readWorkspaceEvent(body, workspace, `http://${request.headers.host}`);
    if (event === null) return respond(response, 400, { ok: false, error: 'invalid_dispatch' });
    respond(response, 200, { ok: true, ...(await deliverIt(event)) });
  });
  return true;
}

/** Down every Socket Mode connection, and to the HTTP receiver where there is one. */
export async function deliver(
  { type, payload }: WorkspaceEvent,
  socketMode: SocketMode | null,
  target: EventsTarget | undefined,
): Promise<Dispatched> {
  const sockets = (await socketMode?.dispatch(type, payload)) ?? 0;
  if (target === undefined) return { sockets, status: null };
  const body =
    type === 'events_api'
      ? JSON.stringify(payload)
      : new URLSearchParams(formOf({ type, payload })).toString();
  const at = Math.trunc(Date.now() / 1000);
  const digest = createHmac('sha256', target.signingSecret).update(`v0:${at}:${body}`).digest('hex');
  const received = await fetch(target.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(at),
      // https://docs.slack.dev/authentication/verifying-requests-from-slack
      'x-slack-signature': `v0=${digest}`,
    },
  }).catch(() => null);
  return { sockets, status: received?.status ?? null };
}

/** Slash commands come as a form of their fields, interactions as JSON in the field `payload`. */
function formOf({ type, payload }: WorkspaceEvent): Record<string, string> {
  if (type === 'interactive') return { payload: JSON.stringify(payload) };
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)]));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    if (text.length + String(chunk).length > bodyLimitBytes) return '';
    text += String(chunk);
  }
  return text;
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}
