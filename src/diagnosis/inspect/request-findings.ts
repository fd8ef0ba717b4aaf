import { showMs } from '../../time/show-ms.ts';
import { requestText } from '../request-text.ts';
import { ownFirst, placeText } from './frames.ts';
import type { Look, LookedRequest, LookedThread } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';
import { stateText } from './wording.ts';

type RequestRule = (
  request: LookedRequest,
  thread: LookedThread,
  look: Look,
) => Omit<LookSuspicion, 'thread' | 'request' | 'severity' | 'stack'> | null;

const requestRules: Readonly<Record<LookedRequest['state'], RequestRule>> = {
  queued: (request, thread) => ({
    code: 'pool-exhausted',
    title: 'The request waits in the client’s queue: every connection is taken',
    evidence: [
      `${requestText(request)} waited ${showMs(request.waitedMs)} in the client’s queue and did not move`,
      ...holdersOf(request, thread)
        .slice(0, 5)
        .map(
          (other) => `${requestText(other)} ${stateText(other.state)}, on a connection of the same client`,
        ),
    ],
    fix: null,
  }),
  created: connectStalled,
  connecting: connectStalled,
  securing: connectStalled,
  unfinished: (request) => ({
    code: 'request-incomplete',
    title: 'The request was begun and its body never completed',
    evidence: [
      `${requestText(request)} ${stateText('unfinished')}`,
      ...(request.announced === null
        ? []
        : [
            `it announced ${request.announced} bytes; its connection has written ${request.bytesWritten} in all, headers included`,
          ]),
    ],
    fix: 'Call request.end(), or write as many bytes as Content-Length announces',
  }),
  sending: (request, thread, look) =>
    (isWaitingForBody(request) ? bodyNotGiven : responseStalled)(request, thread, look),
  sent: (request, thread, look) =>
    (request.method === 'CONNECT' ? tunnelStalled : responseStalled)(request, thread, look),
  body: (request) =>
    request.endless
      ? null
      : {
          code: 'body-stalled',
          title: 'The server’s response stops halfway',
          evidence: [
            `${requestText(request)} ${stateText('body')} (${request.bytesRead} bytes have come); nothing more came in ${showMs(request.waitedMs)}`,
          ],
          fix: null,
        },
  'body-unread': (request, thread) =>
    request.awaitsEnd || isReadSomewhere(thread)
      ? {
          code: 'body-stalled',
          title: 'The program itself does not read the response to its end',
          evidence: [
            `${requestText(request)} ${stateText('body-unread')}: ${request.bytesRead} bytes have come, and the program takes no more`,
            ...(request.awaitsEnd
              ? ['the program listens for the end of the response, which comes only once that is read']
              : []),
            ...thread.awaits
              .filter(readsBody)
              .map(
                ({ expression, chain: [at] }) =>
                  `${at === undefined ? '' : `${at.file}:${at.line} `}awaits ${expression}`,
              ),
          ],
          fix: 'Read the body (a data listener, resume(), for await), every copy of it, or cancel those that you do not need; do not clone a response of which only one copy is read',
        }
      : null,
};

function connectStalled(request: LookedRequest, _thread: LookedThread, look: Look): ReturnType<RequestRule> {
  const socket = request.socket;
  const dialling = look.kernel?.sockets.filter(({ state }) => state === 'connecting') ?? [];
  const seen =
    request.state === 'securing'
      ? ['its TCP connection is there; the TLS handshake is not finished']
      : socket !== null
        ? [`the kernel has its socket to ${socket.remote} in the state "${socket.state}"`]
        : dialling.length > 0
          ? dialling
              .slice(0, 3)
              .map(({ remote }) => `the kernel is connecting to ${remote} and has no response`)
          : ['it has no socket yet'];
  return {
    code: 'connect-stalled',
    title: 'The connection is not established',
    evidence: [
      `${requestText(request)} ${stateText(request.state)} and made no progress in ${showMs(request.waitedMs)}`,
      ...seen,
      ...proxyEvidence(request, look),
    ],
    fix: null,
  };
}

/** All that it wrote has left, and its body's stream gives it no more. */
function isWaitingForBody({ socket }: LookedRequest): boolean {
  return socket !== null && socket.unsent === 0;
}

function bodyNotGiven(request: LookedRequest): ReturnType<RequestRule> {
  return {
    code: 'request-incomplete',
    title: 'The request waits for the rest of its own body',
    evidence: [
      `${requestText(request)} ${stateText('sending')}; its connection has written ${request.bytesWritten} bytes in all, the kernel holds none of them back, and nothing more came from the body in ${showMs(request.waitedMs)}`,
    ],
    fix: 'End the stream that is the body (push(null), end()), or send a text or Buffer; check that nothing has read it before',
  };
}

/** A proxy was asked for a tunnel: the connection to the server behind it is not there yet. */
function tunnelStalled(request: LookedRequest, thread: LookedThread, look: Look): ReturnType<RequestRule> {
  const stalled = responseStalled(request, thread, look);
  return (
    stalled && {
      ...stalled,
      code: 'connect-stalled',
      title: `The proxy ${request.origin} does not respond to CONNECT: the connection through it is not established`,
      fix: 'Check the proxy, or go without it (NO_PROXY); set a connect timeout and send again when it fires',
    }
  );
}

function responseStalled(request: LookedRequest, _thread: LookedThread, look: Look): ReturnType<RequestRule> {
  if (request.endless) return null;
  const { socket } = request;
  const seen =
    socket === null
      ? []
      : socket.unread > 0
        ? [`${socket.unread} bytes of a response wait in the kernel, unread`]
        : socket.unsent > 0
          ? [`${socket.unsent} bytes wait in the kernel for ${socket.remote} to take them`]
          : socket.state === 'half-closed'
            ? [`${socket.remote} has closed its end of the connection`]
            : [`the kernel has delivered it to ${socket.remote}, and nothing has come back`];
  return {
    code: 'response-stalled',
    title: 'The server does not respond',
    evidence: [
      `${requestText(request)} ${stateText(request.state)}; nothing came in ${showMs(request.waitedMs)}`,
      ...seen,
      ...proxyEvidence(request, look),
    ],
    fix: null,
  };
}

function proxyEvidence({ peer, origin }: LookedRequest, look: Look): readonly string[] {
  const proxies = new Set(look.threads.flatMap(({ facts }) => facts?.proxies ?? []));
  if (proxies.size === 0) return [];
  const other =
    peer === null || origin.endsWith(peer.slice(peer.lastIndexOf(':')))
      ? ''
      : `; its connection goes to ${peer}`;
  return [`the environment names a proxy (${[...proxies].join(', ')})${other}`];
}

function readsBody({ expression }: { readonly expression: string }): boolean {
  return /\.(text|json|arrayBuffer|blob|bytes|formData|read)\(/.test(expression);
}

function isReadSomewhere({ awaits }: LookedThread): boolean {
  return awaits.some(readsBody);
}

function holdersOf(request: LookedRequest, { requests }: LookedThread): readonly LookedRequest[] {
  return requests.filter(
    (other) =>
      other !== request &&
      other.client === request.client &&
      other.origin === request.origin &&
      other.state !== 'queued',
  );
}

/** Requests of threads whose loop runs, which did not get on. */
export function requests(look: Look): readonly LookSuspicion[] {
  return look.threads
    .filter(({ state }) => state === 'running')
    .flatMap((thread) => {
      // A pool that moves serves its queue in turn.
      const moves = (origin: string) =>
        thread.requests.some((other) => other.origin === origin && other.moved);
      return thread.requests
        .filter(({ moved, state, origin }) => !moved && !(state === 'queued' && moves(origin)))
        .flatMap((request) => {
          const found = requestRules[request.state](request, thread, look);
          return found === null
            ? []
            : [{ ...found, severity: 'error' as const, thread, request, stack: stackOf(request, thread) }];
        });
    });
}

/** Where none of the person's own code is seen to wait for the request, the only one of its thread is what that awaits. */
function stackOf({ stack }: LookedRequest, { awaits, requests: all }: LookedThread): readonly string[] {
  if (all.length > 1 || stack.some((frame) => !frame.includes('/node_modules/'))) return stack;
  const waiting = awaits.filter(({ holders }) =>
    holders.some(({ kind }) => kind === 'request' || kind === 'io'),
  );
  const chains = (waiting.length > 0 ? waiting : awaits.slice(0, 1)).flatMap(({ chain }) => chain);
  return ownFirst([...new Set([...stack, ...chains.map(placeText)])]).slice(0, 8);
}
