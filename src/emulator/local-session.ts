import type { IncomingMessage, ServerResponse } from 'node:http';
import { deliveryPaths } from '../notification/notification.ts';
import {
  type Answer,
  jsonAnswer,
  type PostedMessage,
  rateLimitedAnswer,
  redirectAnswer,
  serverErrorPage,
} from './answer.ts';
import { readArguments } from './arguments.ts';
import type { Arrival, SessionOptions, SessionStats } from './emulator.ts';
import { createFaultChoice } from './fault-choice.ts';
import { isCommitted, isReplyMishap, type Mishap } from './faults.ts';
import { resetConnection, transmit } from './transmit.ts';
import { answerMethod } from './web-api.ts';
import { answerWebhook, webhookError } from './webhook.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** A request that has been read to its end. */
export interface ReadRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Below the session's prefix, without the query: `/api/chat.postMessage`. */
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
  readonly atMs: number;
  readonly connection: number;
  readonly origin: string;
}

export type Recorder = (arrival: Arrival, message: PostedMessage) => void;

/** The emulator's own end of a session: answers requests, and records arrivals before they are answered. */
export interface LocalSession {
  handle(read: ReadRequest): Promise<void>;
  stats(): SessionStats;
  /** Cuts every connection that still waits for an answer. */
  close(): void;
}

const defaultSeed = 1;

export function createLocalSession(options: SessionOptions, record: Recorder): LocalSession {
  const choice = createFaultChoice(options.faults ?? [], options.seed ?? defaultSeed);
  const workspace = createWorkspace(options);
  const waiting = new Set<ServerResponse>();
  const connections = new Set<number>();
  let requests = 0;
  let arrivals = 0;

  const hold = (response: ServerResponse) => {
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
  };
  const later = (response: ServerResponse, act: () => void) => {
    const delayMs = choice.delayMs();
    if (delayMs === 0) return act();
    hold(response);
    setTimeout(act, delayMs);
  };
  const post = (read: ReadRequest, message: PostedMessage) => {
    arrivals++;
    record(arrivalOf(read, message), message);
  };

  return {
    async handle(read) {
      const { response } = read;
      requests++;
      connections.add(read.connection);
      const mishap = choice.next();
      if (mishap?.kind === 'hang') return hold(response);
      if (mishap?.kind === 'reset') return later(response, () => resetConnection(response));
      const refusal = mishap === null ? null : refusalOf(mishap, isWebhook(read));
      if (refusal !== null) return later(response, () => transmit(response, refusal, null));
      const answer = padded(await answerTo(workspace, read), options.replySizeBytes ?? 0);
      if (answer.posted !== null && (mishap === null || isCommitted(mishap))) post(read, answer.posted);
      if (mishap !== null) hold(response);
      later(response, () =>
        transmit(response, answer, mishap !== null && isReplyMishap(mishap) ? mishap : null),
      );
    },
    stats: () => ({ requests, arrivals, connections: connections.size, waiting: waiting.size }),
    close() {
      for (const response of waiting) response.socket?.destroy();
    },
  };
}

function isWebhook({ path }: ReadRequest): boolean {
  return path.startsWith('/services/');
}

async function answerTo(workspace: Workspace, read: ReadRequest): Promise<Answer> {
  const { headers } = read.request;
  if (isWebhook(read)) {
    const contentType = headers['content-type'] ?? '';
    return answerWebhook(workspace, { path: read.path, contentType, body: read.body });
  }
  return answerMethod(workspace, {
    method: read.path.slice('/api/'.length),
    authorization: headers.authorization,
    arguments: await readArguments({ headers, query: read.query, body: read.body }),
    origin: `${read.origin}/`,
  });
}

/** What is answered in place of posting; null where the fault lets the message be posted. */
function refusalOf(mishap: Mishap, webhook: boolean): Answer | null {
  switch (mishap.kind) {
    case 'status':
      return mishap.status < 400
        ? redirectAnswer(mishap.status, '/redirected')
        : serverErrorPage(mishap.status);
    case 'rate-limit':
      return rateLimitedAnswer(webhook ? 'rate_limited' : 'ratelimited', mishap.retryAfterS);
    case 'ok-false':
      return webhook ? webhookError(mishap.code) : jsonAnswer(200, { ok: false, error: mishap.code });
    default:
      return null;
  }
}

/** Grows a JSON reply to `size` bytes; a webhook's reply is the word ok and stays so. */
function padded(answer: Answer, size: number): Answer {
  const missing = size - Buffer.byteLength(answer.body) - ',"padding":""'.length;
  if (size === 0 || missing <= 0 || !answer.body.endsWith('}')) return answer;
  return { ...answer, body: `${answer.body.slice(0, -1)},"padding":"${'x'.repeat(missing)}"}` };
}

function arrivalOf(read: ReadRequest, { payload }: PostedMessage): Arrival {
  const { id, path, thread } = payload;
  return {
    id: typeof id === 'string' ? id : null,
    path: deliveryPaths.find((known) => known === path) ?? null,
    thread: typeof thread === 'string' ? thread : null,
    atMs: read.atMs,
    connection: read.connection,
  };
}
