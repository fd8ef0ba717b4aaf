import { byRoot } from '../../model/cause.ts';
import type { Finding } from '../../model/finding.ts';
import { threadName } from '../../model/finding.ts';
import { showMs } from '../../time/show-ms.ts';
import { sharedPool } from '../advice/advice.ts';
import { requestText } from '../request-text.ts';
import type { Showing } from '../suspicion.ts';
import { toFindings } from '../to-findings.ts';
import { type Judgement, judge } from '../verdict.ts';
import { unfollowedCalls, unsettledAwaits } from './await-findings.ts';
import type { Look, LookedRequest, LookedThread } from './look.ts';
import type { LookSuspicion } from './look-suspicion.ts';
import { loops } from './loop-findings.ts';
import { busyThreads, callName } from './outside.ts';
import { stuckQueueFindings } from './queue-findings.ts';
import { requests } from './request-findings.ts';

/** The causes that a look shows: what moved between its two glances waits for nothing. */
export function findingsOf(look: Look): Judgement & { readonly findings: readonly Finding[] } {
  const suspicions = (look.cutShort ? rulesOfOneGlance : rules).flatMap((rule) => rule(look));
  if (look.cutShort) {
    const findings = toFindings(suspicions.length === 0 ? [interruptedLook] : suspicions, showing);
    return { ...judge(findings), findings };
  }
  const { python } = look;
  if (python !== null && (python.findings.length > 0 || suspicions.length > 0 || python.isWhole)) {
    const findings = [...toFindings(suspicions, showing), ...python.findings].sort(byRoot);
    return { ...judge(findings), findings };
  }
  const findings = toFindings(
    suspicions.length === 0 ? [...unsure(look), ...unfollowedCalls(look)] : suspicions,
    showing,
  );
  return { ...judge(findings), findings };
}

export const showing: Showing<LookedThread, LookedRequest> = {
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
};

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
      fix: `Resume it with kill -CONT ${pid}, and find out who sends SIGSTOP or SIGTSTP`,
    },
  ];
}

const programWide = { severity: 'error', thread: null, request: null, stack: [] } as const;

function blockedOutside({ blockage, spanMs }: Look): readonly LookSuspicion[] {
  if (blockage === null) return [];
  const title = 'The event loop of the main thread is blocked';
  const common = { ...programWide, code: 'loop-blocked', title } as const;
  if (blockage.kind === 'child') {
    const command = blockage.command === '' ? 'a child process' : `"${shortened(blockage.command)}"`;
    return [
      {
        ...common,
        evidence: [
          `the main thread waited ${showMs(spanMs)} without a break for child process ${blockage.pid} (${command}) in an event loop of its own, as execSync and spawnSync do`,
        ],
        fix: `Use the asynchronous exec or spawn instead of execSync or spawnSync, or send through a thread whose loop is free (${sharedPool})`,
      },
    ];
  }
  if (blockage.kind === 'call') {
    const file = blockage.file === null ? '' : ` on ${blockage.file}`;
    return [
      {
        ...common,
        evidence: [
          `the main thread was in the system call ${blockage.name}${file} for ${showMs(spanMs)} without a break`,
        ],
        fix: 'Use the asynchronous form of the call that waits there, or move it to another thread',
      },
    ];
  }
  return [
    {
      ...common,
      evidence: [
        `the main thread ran without a break for ${showMs(spanMs)} and did not answer its inspector: it is in native code (a hash, a parser, a regular expression)`,
      ],
      fix: null,
    },
  ];
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
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
      fix: null,
    })),
  );
}

function waitsForLookup({ state, fd, moved }: LookedRequest): boolean {
  return !moved && (state === 'connecting' || state === 'created') && fd === null;
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
                `in ${threadName(thread)}, ${interceptedBy} takes requests before they leave the process`,
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
                `in ${threadName(thread)}, setTimeout is ${clockReplacedBy}: its timers fire only when that clock is advanced`,
              ],
              fix: 'Restore the real timers (clock.uninstall(), useRealTimers(), mock.timers.reset()), or keep fake ones out of the running program',
            },
          ]),
    ];
  });
}

const interruptedLook: LookSuspicion = {
  ...programWide,
  severity: 'warning',
  code: 'inconclusive',
  title: 'The look was interrupted before its second glance',
  evidence: ['it takes two looks to distinguish what moves from what waits, and only the first was made'],
  fix: 'Run it again and let it look twice; --interval 500ms puts less time between',
};

/** Nothing found, and not everything seen: that is no proof of health. */
function unsure(look: Look): readonly LookSuspicion[] {
  const isSeen = look.python === null ? look.threads.every(isSeenWhole) : look.python.isWhole;
  if (look.refused === null && isSeen) return [];
  return [
    {
      ...programWide,
      severity: 'warning',
      code: 'inconclusive',
      title: 'The process could not be seen well enough to say',
      evidence:
        look.refused?.reason === 'gone'
          ? [look.refused.text]
          : [...look.blindSpots, ...pythonEvidence(look), ...kernelEvidence(look)],
      fix: remedyFor(look),
    },
  ];
}

/** Where a loop runs, only its heap tells what its awaits wait for. */
function isSeenWhole({ state, heap }: LookedThread): boolean {
  return state !== 'unknown' && (state !== 'running' || heap !== null);
}

const threadsListed = 8;

/** Where the threads of a Python process stood that told only that. */
function pythonEvidence({ python }: Look): readonly string[] {
  return (python?.threads ?? [])
    .slice(0, threadsListed)
    .map(
      ({ name, isMain, stack: [at] }) =>
        `${isMain ? 'main thread' : `thread ${name}`} was at ${at ?? 'no line of Python'}`,
    );
}

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

function remedyFor({ refused, pid, python, threads }: Look): string {
  if (python !== null)
    return `Look again, see its variables with py-spy dump --pid ${pid} --locals, or start it under the doctor: timer-notify doctor -- python3 app.py`;
  if (refused === null && threads.every(({ state }) => state !== 'unknown'))
    return 'Look again with the --max-heap that is named, where the thread may be stopped for so long; or start it under the doctor: timer-notify doctor -- node app.js';
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
    case 'other-files':
      return 'Run the doctor inside the container: docker exec <container> npx timer-notify doctor --pid <id there>';
    case 'not-traceable':
      return 'Run the doctor as root, or with CAP_SYS_PTRACE; see /proc/sys/kernel/yama/ptrace_scope, and in a container --cap-add SYS_PTRACE';
    case 'python':
      return `See its stacks with py-spy dump --pid ${pid}, or start it under the doctor: timer-notify doctor -- python3 app.py`;
    case 'not-node':
      return 'Name the id of the Node process itself, not that of a shell or package manager';
    default:
      return 'Look again; if the process still does not answer, start it under the doctor: timer-notify doctor -- node app.js';
  }
}

const rulesOfOneGlance: readonly Rule[] = [suspended, replaced];

const rules: readonly Rule[] = [
  suspended,
  blockedOutside,
  loops,
  threadpool,
  replaced,
  requests,
  unsettledAwaits,
  stuckQueueFindings,
];
