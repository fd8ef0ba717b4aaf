import { capital } from '../../capital.ts';
import type { Finding } from '../../model/finding.ts';
import { spinsAt } from '../node/spinning.ts';
import { toFindings } from '../to-findings.ts';
import { type Judgement, judge } from '../verdict.ts';
import { unsettledAwaits } from './await-findings.ts';
import type { PendingTimer } from './heap-facts.ts';
import type { Look, LookedRequest, LookedThread } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';
import { busyThreads, callName } from './outside.ts';
import { duration, requestText, stateText, threadText } from './wording.ts';

/** The causes that a look shows: what moved between its two glances waits for nothing. */
export function findingsOf(look: Look): Judgement & { readonly findings: readonly Finding[] } {
  const suspicions = rules.flatMap((rule) => rule(look));
  const findings = toFindings(suspicions.length === 0 ? unsure(look) : suspicions, {
    thread: ({ id, name, isMain }) => ({ id, name, isMain }),
    request: ({ method, origin, path, state, waitedMs }) => ({
      method,
      origin,
      path,
      state,
      ageMs: Math.round(waitedMs),
    }),
    threadKey: ({ id }) => String(id),
    runtime: () => 'node',
  });
  return { ...judge(findings), findings };
}

type Rule = (look: Look) => readonly LookSuspicion[];

/** The program's main thread where a look from outside knows no thread by name. */
function mainOf(look: Look): LookedThread | null {
  return look.threads.find(({ isMain }) => isMain) ?? null;
}

function suspended({ kernel, pid }: Look): readonly LookSuspicion[] {
  if (kernel?.state !== 'T') return [];
  return [
    {
      ...programWide,
      code: 'process-suspended',
      title: 'The whole process is stopped by a signal',
      evidence: [`the kernel holds process ${pid} in state T (stopped): none of its threads runs`],
      fix: `Let it go on with kill -CONT ${pid}, and find out who sends SIGSTOP or SIGTSTP`,
    },
  ];
}

const programWide = { severity: 'error', thread: null, request: null, stack: [] } as const;

function blockedOutside({ blockage, spanMs }: Look): readonly LookSuspicion[] {
  if (blockage === null) return [];
  const title = 'The event loop of main thread is blocked';
  const common = { ...programWide, code: 'loop-blocked', title } as const;
  if (blockage.kind === 'child') {
    const command = blockage.command === '' ? 'a child process' : `"${shortened(blockage.command)}"`;
    return [
      {
        ...common,
        evidence: [
          `main thread waited ${duration(spanMs)} without a break for child process ${blockage.pid} (${command}) in an event loop of its own, as execSync and spawnSync do`,
        ],
        fix: 'Use the asynchronous exec or spawn instead of execSync or spawnSync, or send through a thread whose loop is free (strategy shared-pool)',
      },
    ];
  }
  if (blockage.kind === 'call') {
    const file = blockage.file === null ? '' : ` on ${blockage.file}`;
    return [
      {
        ...common,
        evidence: [
          `main thread was in the system call ${blockage.name}${file} for ${duration(spanMs)} without a break`,
        ],
        fix: 'Use the asynchronous form of the call that waits there, or move it to another thread',
      },
    ];
  }
  return [
    {
      ...common,
      evidence: [
        `main thread ran without a break for ${duration(spanMs)} and did not answer its inspector: it is in native code (a hash, a parser, a regular expression)`,
      ],
      fix: 'Move the synchronous work to another thread or split it up, or send through a thread whose loop is free (strategy shared-pool)',
    },
  ];
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const parkedFix =
  'Await the request before the thread waits, or send through a thread whose loop keeps running (strategy shared-pool)';
const blockedFix =
  'Move the synchronous work to another thread or split it up, or send through a thread whose loop is free (strategy shared-pool)';
const deadlockFix =
  'Never wait in Atomics.wait for something that needs this thread’s own loop: await a message instead (Atomics.waitAsync), or let the worker send by itself (strategy shared-pool)';

function loops(look: Look): readonly LookSuspicion[] {
  return look.threads.filter(stands).flatMap((thread) => {
    const deadlock = deadlockOf(thread, look);
    if (deadlock !== null) return [deadlock];
    const own = thread.requests.filter(({ moved }) => !moved);
    if (own.length > 0) return own.map((request) => standing(thread, request, look));
    const sender = waitingFor(thread, look);
    if (sender !== null || (unreadOf(thread) > 0 && !isIdlePoolThread(thread)))
      return [targetBlocked(thread, sender, look)];
    return thread.isMain || overdueTimer(thread) !== null ? [standing(thread, null, look)] : [];
  });
}

function stands({ state }: LookedThread): boolean {
  return state === 'parked' || state === 'blocked';
}

/** Messages that its listeners have not been given. */
function unreadOf({ heap }: LookedThread): number {
  return (heap?.unread ?? []).reduce(
    (sum, { messages, hasListener }) => sum + (hasListener ? messages : 0),
    0,
  );
}

/** A timer of the program's own that is due and can't fire. */
function overdueTimer({ heap }: LookedThread): PendingTimer | null {
  return (
    heap?.timers.find(
      ({ script, dueInMs }) => script !== '' && !script.startsWith('node:') && dueInMs < -overdueMs,
    ) ?? null
  );
}

const overdueMs = 500;

/** Waits for memory that another thread is to write, by Atomics.wait or by asking it again and again. */
function waitsForMemory(thread: LookedThread): boolean {
  return thread.state === 'parked' || (thread.state === 'blocked' && spinsAt(thread.stack[0]));
}

/** Main waits for another thread, which waits for main's loop; or a thread for one that has not read its message. */
function deadlockOf(thread: LookedThread, look: Look): LookSuspicion | null {
  if (!waitsForMemory(thread)) return null;
  const other =
    look.threads.find((each) =>
      thread.isMain
        ? !each.isMain && (waitsForMemory(each) || awaitsThread(each))
        : each !== thread && unreadOf(thread) > 0 && waitsForMemory(each) && !isIdlePoolThread(each),
    ) ?? unreadSender(thread, look);
  if (other === undefined) return null;
  const how = waitsForMemory(other)
    ? 'is parked too'
    : awaitsThread(other)
      ? 'awaits a message from another thread'
      : `has posted a message: ${unreadOf(thread)} wait in the ports of ${threadText(thread)}`;
  return {
    code: 'bridge-deadlock',
    severity: 'error',
    title: `${capital(threadText(thread))} waits for ${threadText(other)}, which waits for its event loop`,
    thread,
    request: null,
    evidence: [
      `${standText(thread)} for the whole ${duration(look.spanMs)}`,
      `${threadText(other)} ${how}${placeOf(other)}`,
    ],
    stack: thread.stack,
    fix: deadlockFix,
  };
}

/** Main is parked, and a message waits for its loop: the other thread has said something, and is not heard. */
function unreadSender(main: LookedThread, { threads }: Look): LookedThread | undefined {
  const isDeaf = main.isMain && main.state === 'parked' && unreadOf(main) > 0;
  return isDeaf ? threads.find(({ isMain }) => !isMain) : undefined;
}

/** Workers of a pool park between their jobs, and wait for nothing then. */
function isIdlePoolThread({ stack }: LookedThread): boolean {
  return stack.length > 0 && stack.every((frame) => frame.includes('/node_modules/'));
}

function awaitsThread({ awaits }: LookedThread): boolean {
  return awaits.some(({ holders }) => holders.some(({ kind }) => kind === 'thread'));
}

function placeOf({ stack: [frame], awaits }: LookedThread): string {
  if (frame !== undefined) return ` at ${frame}`;
  const at = awaits.find(({ holders }) => holders.some(({ kind }) => kind === 'thread'))?.chain[0];
  return at === undefined ? '' : ` at ${at.file}:${at.line}:${at.column}`;
}

/** Another thread whose code awaits a message while this one's loop does not run. */
function waitingFor(thread: LookedThread, { threads }: Look): LookedThread | null {
  return (
    threads.find((other) => other !== thread && other.state === 'running' && awaitsThread(other)) ?? null
  );
}

function targetBlocked(thread: LookedThread, sender: LookedThread | null, look: Look): LookSuspicion {
  const unread = unreadOf(thread);
  const waiting = sender === null ? 'A message' : capital(threadText(sender));
  return {
    code: 'bridge-target-blocked',
    severity: 'error',
    title: `${waiting} waits for ${threadText(thread)}, whose event loop does not run`,
    thread,
    request: null,
    evidence: [
      ...(unread === 0
        ? []
        : [
            `${unread} ${unread === 1 ? 'message waits' : 'messages wait'} in the ports of ${threadText(thread)}`,
          ]),
      ...(sender === null
        ? []
        : [`${threadText(sender)} awaits a message from another thread${placeOf(sender)}`]),
      `${standText(thread)} for the whole ${duration(look.spanMs)}`,
    ],
    stack: thread.stack,
    fix: 'Keep the loop that sends free (move the synchronous work away), or send through a thread of its own (strategy shared-pool)',
  };
}

function standing(thread: LookedThread, request: LookedRequest | null, look: Look): LookSuspicion {
  const parked = thread.state === 'parked';
  const overdue = overdueTimer(thread);
  const waits =
    request === null
      ? overdue === null
        ? 'its timers, messages and sockets wait'
        : `its timer ${overdue.script.replace(/^file:\/\//, '')}:${overdue.line} is overdue`
      : `${requestText(request)} ${stateText(request.state)} and did not move`;
  return {
    code: parked ? 'loop-parked' : 'loop-blocked',
    severity: 'error',
    title: `The event loop of ${threadText(thread)} is ${parked ? 'parked' : 'blocked'}${request === null ? '' : ' while its request waits'}`,
    thread,
    request,
    evidence: [`${standText(thread)} for the whole ${duration(look.spanMs)} while ${waits}`],
    stack: thread.stack,
    fix: parked ? parkedFix : blockedFix,
  };
}

function standText(thread: LookedThread): string {
  const [frame] = thread.stack;
  const where = frame === undefined ? '' : ` at ${frame}`;
  if (thread.state === 'parked') return `${threadText(thread)} was parked in Atomics.wait${where}`;
  return frame === undefined
    ? `${threadText(thread)} ran promise callbacks one after the other`
    : `${threadText(thread)} ran synchronous code${where}`;
}

/** Every thread of libuv's pool works, and a request waits for one. */
function threadpool(look: Look): readonly LookSuspicion[] {
  const main = mainOf(look);
  const size = main?.facts?.threadpoolSize;
  if (main === null || look.kernel === null || size === undefined) return [];
  const busyBefore = new Set(busyThreads(look.pid, look.kernel.before).map(({ tid }) => tid));
  const busy = busyThreads(look.pid, look.kernel.after).filter(({ tid }) => busyBefore.has(tid));
  const jobs = look.threads.reduce((sum, { facts }) => sum + (facts?.poolJobs.length ?? 0), 0);
  if (busy.length < size) return [];
  return look.threads.flatMap((thread) =>
    thread.requests.filter(waitsForLookup).map((request) => ({
      code: 'threadpool-starved' as const,
      severity: 'error' as const,
      title: 'Every thread of libuv’s pool is taken, and the request waits for one to resolve its host',
      thread,
      request,
      evidence: [
        `${requestText(request)} has no socket yet: its host name has not been resolved`,
        `${busy.length} threads of the process beside main worked or waited in the kernel at both looks; the pool has ${size}${jobs === 0 ? '' : `, ${jobs} jobs are out`}`,
      ],
      stack: [],
      fix: 'Take the long jobs (crypto, zlib, fs, dns.lookup) off the pool or raise UV_THREADPOOL_SIZE; a warm connection or an address instead of a name needs no lookup',
    })),
  );
}

function waitsForLookup({ state, fd, moved }: LookedRequest): boolean {
  return !moved && (state === 'connecting' || state === 'created') && fd === null;
}

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
      `${requestText(request)} waited ${duration(request.waitedMs)} in the client’s queue and did not move`,
      ...holdersOf(request, thread)
        .slice(0, 5)
        .map(
          (other) => `${requestText(other)} ${stateText(other.state)}, on a connection of the same client`,
        ),
    ],
    fix: 'Read or cancel every reply’s body, give long-lived requests a pool of their own, raise `connections` (undici) or `maxSockets` (node:http), and bound the wait by a deadline outside the client',
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
          title: 'The server’s answer stops half way',
          evidence: [
            `${requestText(request)} ${stateText('body')} (${request.bytesRead} bytes have come); nothing more came in ${duration(request.waitedMs)}`,
          ],
          fix: 'Let the deadline cover the body too (keep the signal until the body is read), and send again when it fires',
        },
  'body-unread': (request, thread) =>
    isReadSomewhere(thread)
      ? {
          code: 'body-stalled',
          title: 'The program itself does not read the answer to its end',
          evidence: [
            `${requestText(request)} ${stateText('body-unread')}: ${request.bytesRead} bytes have come, and the program takes no more`,
            ...thread.awaits
              .filter(readsBody)
              .map(
                ({ expression, chain: [at] }) =>
                  `${at === undefined ? '' : `${at.file}:${at.line} `}awaits ${expression}`,
              ),
          ],
          fix: 'Read every copy of the body, or cancel those that you do not need; do not clone a reply of which only one copy is read',
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
              .map(({ remote }) => `the kernel is connecting to ${remote} and has no answer`)
          : ['it has no socket yet'];
  return {
    code: 'connect-stalled',
    title: 'The connection is not established',
    evidence: [
      `${requestText(request)} ${stateText(request.state)} and did not get on in ${duration(request.waitedMs)}`,
      ...seen,
      ...proxyEvidence(request, look),
    ],
    fix: 'Check address, port, firewall and TLS endpoint; set a connect timeout and send again when it fires',
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
      `${requestText(request)} ${stateText('sending')}; its connection has written ${request.bytesWritten} bytes in all, the kernel holds none of them back, and nothing more came from the body in ${duration(request.waitedMs)}`,
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
      title: `The proxy ${request.origin} does not answer CONNECT: the connection through it is not established`,
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
        ? [`${socket.unread} bytes of a reply wait in the kernel, unread`]
        : socket.unsent > 0
          ? [`${socket.unsent} bytes wait in the kernel for ${socket.remote} to take them`]
          : socket.state === 'half-closed'
            ? [`${socket.remote} has closed its end of the connection`]
            : [`the kernel has delivered it to ${socket.remote}, and nothing has come back`];
  return {
    code: 'response-stalled',
    title: 'The server does not answer',
    evidence: [
      `${requestText(request)} ${stateText(request.state)}; nothing came in ${duration(request.waitedMs)}`,
      ...seen,
      ...proxyEvidence(request, look),
    ],
    fix: 'Give each try a deadline and send again when it fires; check the server or proxy at the other end',
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
function requests(look: Look): readonly LookSuspicion[] {
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

/** Where the program awaits the one request that it has under way; with several it is not known which await is whose. */
function stackOf(_request: LookedRequest, { awaits, requests: all }: LookedThread): readonly string[] {
  const waiting = awaits.filter(({ holders }) =>
    holders.some(({ kind }) => kind === 'request' || kind === 'io'),
  );
  const places = (waiting.length > 0 ? waiting : all.length === 1 ? awaits.slice(0, 1) : []).flatMap(
    ({ chain }) => chain,
  );
  return places
    .slice(0, 8)
    .map((at) => `${at.file}:${at.line}:${at.column}${at.function === '' ? '' : ` (${at.function})`}`);
}

function replaced(look: Look): readonly LookSuspicion[] {
  return look.threads.flatMap((thread) => {
    const { interceptedBy = null, clockReplacedBy = null } = thread.facts ?? {};
    const common = { severity: 'error', thread, request: null, stack: [] } as const;
    return [
      ...(interceptedBy === null
        ? []
        : [
            {
              ...common,
              code: 'intercepted' as const,
              title: 'A mock answers requests inside the process',
              evidence: [
                `in ${threadText(thread)}, ${interceptedBy} takes requests before they leave the process`,
              ],
              fix: 'Restore the real client (nock.restore(), MockAgent.close(), server.close() of msw), or keep mocks out of the running program',
            },
          ]),
      ...(clockReplacedBy === null
        ? []
        : [
            {
              ...common,
              code: 'clock-replaced' as const,
              title: 'The program’s timers belong to a fake clock',
              evidence: [
                `in ${threadText(thread)}, setTimeout is ${clockReplacedBy}: its timers fire only when that clock is moved on`,
              ],
              fix: 'Restore the real timers (clock.uninstall(), useRealTimers(), mock.timers.reset()), or keep fake ones out of the running program',
            },
          ]),
    ];
  });
}

/** Nothing found, and not everything seen: that is no proof of health. */
function unsure(look: Look): readonly LookSuspicion[] {
  if (look.refused === null && look.threads.every(({ state }) => state !== 'unknown')) return [];
  return [
    {
      ...programWide,
      severity: 'warning',
      code: 'inconclusive',
      title: 'The process could not be seen well enough to say',
      evidence:
        look.refused?.reason === 'gone' ? [look.refused.text] : [...look.blindSpots, ...kernelEvidence(look)],
      fix: remedyFor(look),
    },
  ];
}

const threadsListed = 8;

/** What the kernel says where the process itself was not asked: its threads, and the sockets that wait. */
function kernelEvidence({ kernel, pid }: Look): readonly string[] {
  if (kernel === null) return [];
  const threads = kernel.after.slice(0, threadsListed).map((thread) => {
    const name = thread.tid === pid ? 'main thread' : `thread ${thread.tid} (${thread.name})`;
    const call = callName(thread);
    return `${name} ${call === null ? (thread.state === 'R' ? 'runs' : `is in state ${thread.state}`) : `waits in the system call ${call}`}`;
  });
  const sockets = kernel.sockets
    .filter(
      ({ state, moved }) =>
        !moved && (state === 'established' || state === 'connecting' || state === 'half-closed'),
    )
    .slice(0, threadsListed)
    .map(
      ({ remote, state, unread, unsent }) =>
        `its socket to ${remote} is ${state}, ${unread} bytes unread, ${unsent} not taken`,
    );
  return [...threads, ...sockets];
}

function remedyFor({ refused, pid }: Look): string {
  switch (refused?.reason) {
    case 'other-user':
      return `Run the doctor as that user: sudo -u '#<uid>' timer-notify doctor --pid ${pid}`;
    case 'other-network':
      return `Run the doctor inside the container: docker exec <container> npx timer-notify doctor --pid <id there>`;
    case 'port-taken':
      return 'Close what listens on the inspector’s port, or start the program with --inspect-port=0';
    case 'signal-not-handled':
    case 'signal-ignored':
      return 'Start the program without --disable-sigusr1, or under the doctor: timer-notify doctor -- node app.js';
    case 'not-permitted':
      return 'Run the doctor in the program’s own container with the right to signal it (a seccomp or AppArmor profile may forbid it)';
    case 'traced':
      return 'Detach the debugger or tracer first';
    case 'python':
      return `See its stacks with py-spy dump --pid ${pid}, or start it under the doctor: timer-notify doctor -- python3 app.py`;
    case 'not-node':
      return 'Name the id of the Node process itself, not that of a shell or package manager';
    default:
      return 'Look again; if the process still does not answer, start it under the doctor: timer-notify doctor -- node app.js';
  }
}

const rules: readonly Rule[] = [
  suspended,
  blockedOutside,
  loops,
  threadpool,
  replaced,
  requests,
  unsettledAwaits,
];
