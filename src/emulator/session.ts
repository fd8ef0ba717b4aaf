import type { IncomingMessage, ServerResponse } from 'node:http';
import { deliveryPaths } from '../model/names.ts';
import { monotonicMs } from '../time/clock.ts';
import { readArguments } from './arguments.ts';
import type { Arrival, SessionOptions, SessionStats } from './emulator.ts';
import { extraEndpointOf } from './extra-endpoints.ts';
import { createFaultChoice, type FaultChoice } from './fault-choice.ts';
import { isCommitted, isResponseFault, type RequestFault } from './faults.ts';
import { createCalledForFaults } from './requested-faults.ts';
import {
  type Effect,
  jsonResponse,
  oddRateLimitResponse,
  type PostedMessage,
  type Posting,
  type PreparedResponse,
  rateLimitedResponse,
  redirectResponse,
  serverErrorPage,
} from './response-builders.ts';
import { closeConnection, resetConnection, transmit } from './transmit.ts';
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

export interface SessionObserver {
  /** Called before the request is answered. `rest` is what a long text went on as: it is the same arrival. */
  arrived(arrival: Arrival, message: PostedMessage, rest: readonly PostedMessage[]): void;
  /** Called when a method changed or deleted what was posted. */
  changed?(effect: Exclude<Effect, { kind: 'posted' }>): void;
  /** Called when an arrival, by its place among them, has been answered whole. */
  answered?(place: number, atMs: number): void;
  /** Called once for every request, when it is known what becomes of it. */
  settled?(exchange: Exchange): void;
}

/** A request and what became of it. */
export interface Exchange {
  /** `chat.postMessage`, another method, or `webhook`. */
  readonly what: string;
  /** Slack's word for what is wrong with the request, or the fault that struck it; null where all went well. */
  readonly problem: string | null;
  readonly posted: boolean;
  /** The beginning of the request's body where there is a problem; empty where not. */
  readonly request: string;
  /** The beginning of the response, where there is a problem and a response. */
  readonly reply: string;
}

/** The emulator's own end of a session: answers requests, and records arrivals before they are answered. */
export interface LocalSession {
  readonly workspace: Workspace;
  handle(read: ReadRequest): Promise<void>;
  stats(): SessionStats;
  /** Cuts every connection that still waits for a response. */
  close(): void;
}

const defaultSeed = 1;

export function createLocalSession(options: SessionOptions, observer: SessionObserver): LocalSession {
  const seed = options.seed ?? defaultSeed;
  const always = createFaultChoice(options.faults ?? [], seed);
  const calledFor = createCalledForFaults(seed);
  const workspace = createWorkspace(options, ({ posting }) => {
    const { message, rest } = posting;
    if (workspace.stateOf(message.channel).archived) return;
    const stamped = (one: PostedMessage) => ({ ...one, ts: workspace.nextTs() });
    const now: Posting = { kind: 'posted', message: stamped(message), rest: rest.map(stamped) };
    workspace.apply(now);
    post({ atMs: monotonicMs(), connection: 0 }, now);
  });
  const waiting = new Set<ServerResponse>();
  const connections = new Set<number>();
  const open = new Set<number>();
  let requests = 0;
  let arrivals = 0;
  let refused: string | null = null;

  const hold = (response: ServerResponse) => {
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
  };
  const choiceFor = ({ path, request }: ReadRequest): FaultChoice => {
    const own = calledFor.of(path, request.headers.authorization);
    return own === null ? always : both(always, own);
  };
  const later = (response: ServerResponse, delayMs: number, act: () => void) => {
    if (delayMs === 0) return act();
    hold(response);
    setTimeout(act, delayMs).unref();
  };
  const meet = ({ connection, request }: ReadRequest) => {
    if (connections.has(connection)) return;
    connections.add(connection);
    open.add(connection);
    request.socket.once('close', () => open.delete(connection));
  };
  /** Returns the arrival's place among them. */
  const post = (read: Pick<ReadRequest, 'atMs' | 'connection'>, { message, rest }: Posting) => {
    observer.arrived(arrivalOf(read, message), message, rest);
    return arrivals++;
  };

  /** Returns the place of what was posted; null where nothing was. */
  const commit = (read: ReadRequest, effect: Effect | null): number | null => {
    if (effect === null) return null;
    workspace.apply(effect);
    if (effect.kind === 'posted') return post(read, effect);
    observer.changed?.(effect);
    return null;
  };
  const settle = (
    read: ReadRequest,
    fault: RequestFault | null,
    prepared: PreparedResponse | null,
    posted: boolean,
  ) => observer.settled?.(exchangeOf(read, fault, prepared, posted));
  /** No response is sent: the connection stays, or is cut. */
  const withhold = (read: ReadRequest, fault: RequestFault, delayMs: number) => {
    const { response } = read;
    settle(read, fault, null, false);
    if (fault.kind === 'hang') return hold(response);
    const cut = fault.kind === 'reset' ? resetConnection : closeConnection;
    later(response, delayMs, () => cut(response));
  };
  const respond = async (read: ReadRequest, fault: RequestFault | null, delayMs: number) => {
    const { response } = read;
    const refusal = fault === null ? null : refusalOf(fault, isWebhook(read));
    const prepared = refusal ?? padded(await answerTo(workspace, read), options.replySizeBytes ?? 0);
    const place = commit(read, fault === null || isCommitted(fault) ? prepared.effect : null);
    settle(read, fault, prepared, place !== null);
    if (fault === null && place === null) refused = prepared.error ?? refused;
    const responseFault = fault !== null && isResponseFault(fault) ? fault : null;
    if (responseFault !== null) hold(response);
    later(response, delayMs, () => {
      transmit(response, prepared, responseFault);
      if (place !== null && responseFault === null) observer.answered?.(place, monotonicMs());
    });
  };

  return {
    workspace,
    async handle(read) {
      requests++;
      meet(read);
      const method = nameOfCall(read);
      const choice = choiceFor(read);
      const fault = choice.next(method);
      const delayMs = choice.delayMs(method);
      if (fault?.kind === 'hang' || fault?.kind === 'reset' || fault?.kind === 'close')
        withhold(read, fault, delayMs);
      else await respond(read, fault, delayMs);
    },
    stats: () => ({
      requests,
      arrivals,
      connections: connections.size,
      waiting: waiting.size,
      open: open.size,
      refused,
      loop: loopTimes(),
    }),
    close() {
      workspace.scheduled.close();
      for (const response of waiting) response.socket?.destroy();
    },
  };
}

function both(first: FaultChoice, second: FaultChoice): FaultChoice {
  return {
    next: (method) => first.next(method) ?? second.next(method),
    delayMs: (method) => first.delayMs(method) + second.delayMs(method),
  };
}

export function loopTimes(): SessionStats['loop'] {
  const { active, idle } = performance.eventLoopUtilization();
  return { activeMs: active, idleMs: idle };
}

function isWebhook({ path }: ReadRequest): boolean {
  return path.startsWith('/services/');
}

/** Characters kept of a request and of its response. */
const excerpt = 2000;

function exchangeOf(
  read: ReadRequest,
  fault: RequestFault | null,
  prepared: PreparedResponse | null,
  posted: boolean,
): Exchange {
  const what = nameOfCall(read);
  const problem = fault === null ? (prepared?.error ?? null) : nameOf(fault);
  if (problem === null) return { what, problem, posted, request: '', reply: '' };
  const request = read.body.subarray(0, excerpt).toString('utf8');
  return { what, problem, posted, request, reply: prepared?.body.slice(0, excerpt) ?? '' };
}

/** The fault as it is written in a spec, without how often it strikes. */
function nameOf(fault: RequestFault): string {
  switch (fault.kind) {
    case 'status':
      return `status-${fault.status}`;
    case 'ok-false':
      return `ok-false:${fault.code}`;
    default:
      return fault.kind;
  }
}

/** What stands before a session's own paths: empty where it is alone on its server. */
function prefixOf({ request, path }: ReadRequest): string {
  const url = request.url ?? '';
  return url.slice(0, Math.max(0, url.indexOf(path)));
}

/** `chat.postMessage`, `webhook`, `response_url`, … */
function nameOfCall(read: ReadRequest): string {
  return extraEndpointOf(read.path)?.name ?? (isWebhook(read) ? 'webhook' : methodOf(read));
}

function methodOf({ path }: ReadRequest): string {
  return path.slice('/api/'.length).replace(/\/+$/, '');
}

async function answerTo(workspace: Workspace, read: ReadRequest): Promise<PreparedResponse> {
  const endpoint = extraEndpointOf(read.path);
  const { headers } = read.request;
  if (endpoint !== null) return endpoint.answer(workspace, { path: read.path, headers, body: read.body });
  if (isWebhook(read)) {
    const contentType = headers['content-type'] ?? '';
    return answerWebhook(workspace, { path: read.path, contentType, body: read.body });
  }
  return answerMethod(workspace, {
    method: methodOf(read),
    authorization: headers.authorization,
    arguments: await readArguments({ headers, query: read.query, body: read.body }),
    origin: `${read.origin}${prefixOf(read)}/`,
  });
}

/** The response in place of posting; null where the fault lets the message be posted. */
function refusalOf(fault: RequestFault, webhook: boolean): PreparedResponse | null {
  switch (fault.kind) {
    case 'status':
      return fault.status < 400
        ? redirectResponse(fault.status, '/redirected')
        : fault.json === true
          ? jsonResponse(fault.status, { ok: false, error: 'internal_error' }, 'internal_error')
          : serverErrorPage(fault.status);
    case 'rate-limit-bare':
    case 'rate-limit-date':
    case 'rate-limit-empty':
      return oddRateLimitResponse(fault.kind);
    case 'rate-limit':
      return rateLimitedResponse(webhook ? 'rate_limited' : 'ratelimited', fault.retryAfterS);
    case 'ok-false':
      return webhook
        ? webhookError(fault.code)
        : jsonResponse(200, { ok: false, error: fault.code }, fault.code);
    default:
      return null;
  }
}

/** Grows a JSON response to `size` bytes; a webhook's response is the word ok and stays so. */
function padded(prepared: PreparedResponse, size: number): PreparedResponse {
  const missing = size - Buffer.byteLength(prepared.body) - ',"padding":""'.length;
  if (size === 0 || missing <= 0 || !prepared.body.endsWith('}')) return prepared;
  return { ...prepared, body: `${prepared.body.slice(0, -1)},"padding":"${'x'.repeat(missing)}"}` };
}

function arrivalOf(read: Pick<ReadRequest, 'atMs' | 'connection'>, { payload }: PostedMessage): Arrival {
  const { id, path, thread } = payload;
  return {
    id: typeof id === 'string' ? id : null,
    path: deliveryPaths.find((known) => known === path) ?? null,
    thread: typeof thread === 'string' ? thread : null,
    atMs: read.atMs,
    connection: read.connection,
  };
}
