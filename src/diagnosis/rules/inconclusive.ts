import { basename } from 'node:path';
import { showMs } from '../../time/show-ms.ts';
import type { BlindSpot, LostPost, ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';
import { requestText } from '../request-text.ts';
import { frameText, isOwn } from './await-unsettled.ts';
import { drips } from './dripping.ts';
import { isLongPoll } from './long-poll.ts';
import { isUnreadYet } from './never-requested.ts';
import { followedClients } from './nothing-found.ts';
import { isBeingMade, isLasting } from './request-facts.ts';
import type { Rule, Suspicion } from './rule.ts';
import { ageOf, startedAt, stateText, threadText } from './wording.ts';

/** `inconclusive`: what would decide was not seen, and what is missing is said. */
export const inconclusive: Rule = (record, { hangAfterMs }) => [
  ...unseenAtAll(record),
  ...waitingConnections(record, hangAfterMs),
  ...record.requests
    .filter((request) => isUndecided(request, record, hangAfterMs))
    .map((request) => undecided(request, record)),
  ...record.threads.flatMap((thread) => starvedToTheEnd(thread, record, hangAfterMs)),
  ...record.lostPosts
    .filter((post) => isUnreadYet(post, record, hangAfterMs))
    .map((post) => unreadYet(post, record)),
];

/** Why it is not known whether anything was sent; nothing where the program was seen well enough. */
export function unseenAtAll(record: ProgramRecord): readonly Suspicion[] {
  if (record.started > 0) return [];
  if (record.threads.length === 0) return [notLoaded(record)];
  if (record.unmatched > 0) return [nothingMatched(record)];
  const spots = record.blindSpots.filter(({ mayHaveSent }) => mayHaveSent);
  return spots.length > 0 ? [notFollowed(spots)] : [];
}

const fix = 'The doctor could not see enough: this is not evidence of a fault';

function notLoaded({ command, end }: ProgramRecord): Suspicion {
  const [file = '', ...args] = command;
  const isNode = command.some((word) =>
    /^(?:node|nodejs|npm|npx|pnpm|yarn|tsx|ts-node)(?:\.exe|\.cmd)?$/.test(basename(word)),
  );
  const isDenied = args.some((word) => /^--(?:experimental-)?permission\b/.test(word));
  return {
    ...gap(
      isNode
        ? 'The probe was not loaded: nothing of the program was seen'
        : 'Neither Node nor Python was seen',
    ),
    evidence: [
      isNode
        ? isDenied
          ? 'Node’s permission model keeps the probe from writing its record'
          : 'no Node process read NODE_OPTIONS, by which the probe is loaded: an emptied environment (env -i, env -u NODE_OPTIONS), a setuid program or a single executable hides it'
        : `${file} started no Node process, and nothing in the command says that it runs Python`,
      ...(end.kind === 'exited'
        ? [`it ended with ${end.signal ?? `exit code ${end.exitCode ?? 'unknown'}`}`]
        : []),
    ],
    fix: isDenied
      ? 'Diagnose it without --permission, or allow writing to the temporary directory (--allow-fs-write)'
      : isNode
        ? 'Put the Node program itself after --, in the environment that the doctor passes on'
        : 'Put the program itself after --, in the environment that the doctor passes on; add --runtime python where it runs Python',
  };
}

function nothingMatched({ unmatched }: ProgramRecord): Suspicion {
  return {
    ...gap('--match matched none of the requests'),
    evidence: [`${unmatched} ${unmatched === 1 ? 'request was' : 'requests were'} made and none matched`],
    fix: 'Give --match a part of the URL as the client asks for it, or leave it out',
  };
}

function notFollowed(spots: readonly BlindSpot[]): Suspicion {
  const [first] = spots;
  const waiting = placesWaiting(first?.thread ?? null);
  return {
    ...gap('The program made no request that the doctor can follow, and used what it cannot follow'),
    thread: first?.thread ?? null,
    evidence: [
      `no request was made through ${followedClients.node}`,
      ...spots.slice(0, 5).map(spotText),
      ...waiting.map((place) => `the program’s own code still waited at ${place}`),
    ],
    stack: [...waiting, ...(first?.stack ?? [])],
  };
}

/** Where the program's own functions waited when they were looked at: the nearest one of each chain. */
function placesWaiting(thread: ThreadRecord | null): readonly string[] {
  const places = (thread?.awaits?.pending ?? []).flatMap(({ chain }) => chain.find(isOwn) ?? []);
  return [...new Set(places.map(frameText))].slice(0, 3);
}

function spotText({ kind, what, stack: [place], thread }: BlindSpot): string {
  const where = place === undefined ? '' : ` at ${place}`;
  return kind === 'connection'
    ? `${threadText(thread)} opened ${what}${where}, by none of these clients`
    : `${threadText(thread)} started ${what}${where}, in which the probe was not loaded`;
}

/** The program's own code has written to a connection and waits, and nothing says for what. */
function waitingConnections(record: ProgramRecord, hangAfterMs: number): readonly Suspicion[] {
  if (record.started === 0) return [];
  return record.blindSpots
    .filter(
      ({ own, waitsSince, thread }) =>
        own && waitsSince !== null && (thread.end?.at ?? record.end.at) - waitsSince >= hangAfterMs,
    )
    .slice(0, 3)
    .map((spot) => ({
      ...gap('A connection that can’t be followed waits for a response'),
      thread: spot.thread,
      evidence: [spotText(spot), 'it was written to, and nothing has come since'],
      stack: spot.stack,
    }));
}

function gap(title: string): Suspicion {
  return {
    code: 'inconclusive',
    severity: 'warning',
    title,
    thread: null,
    request: null,
    evidence: [],
    stack: [],
    fix,
  };
}

/** The watch ended too early to judge it. */
function isUndecided(request: RequestRecord, record: ProgramRecord, hangAfterMs: number): boolean {
  const { endedAt, status, thread, retried } = request;
  // The watch of a Python program does not wait for what only just began.
  if (thread.runtime === 'python' && ageOf(request, record) < hangAfterMs) return false;
  if (record.end.kind === 'exited' || thread.end !== null || endedAt !== null || retried) return false;
  if (drips(request, record, hangAfterMs)) return false;
  if (status !== null) return request.readWhole && isLasting(request, record, hangAfterMs);
  if (isLongPoll(request, record)) return false;
  if (request.startedAt > (record.end.watchedUntil ?? record.end.at)) return false;
  return ageOf(request, record) < hangAfterMs || hasTimeLeft(request, record) || isBeingMade(request);
}

/** Its loop had not run for long when the watch ended, and might have with more CPU. */
function starvedToTheEnd(
  thread: ThreadRecord,
  { end }: ProgramRecord,
  hangAfterMs: number,
): readonly Suspicion[] {
  if (end.kind === 'exited' || thread.end !== null || thread.isLauncher) return [];
  const last = thread.suspensions.find(({ how, standstill }) => how === 'starved' && standstill.to === null);
  if (last === undefined || last.standstill.durationMs < hangAfterMs) return [];
  return [
    {
      ...gap('The process got too little CPU to the end of the watch'),
      thread,
      evidence: [
        `the loop of ${threadText(thread)} had not run for ${showMs(last.standstill.durationMs)} when the watch ended; its process was ready to run and got too little CPU to say whether its code blocked it`,
      ],
      fix: 'Watch for longer (--timeout), or while the machine has CPU to spare',
    },
  ];
}

/** Its own timeout lies ahead. */
export function hasTimeLeft(request: RequestRecord, record: ProgramRecord): boolean {
  const { deadline, endedAt } = request;
  return endedAt === null && deadline !== null && ageOf(request, record) < deadline.ms;
}

function undecided(request: RequestRecord, record: ProgramRecord): Suspicion {
  return {
    ...gap('A request was still under way when the watch ended'),
    thread: request.thread,
    request,
    evidence: [
      `${requestText(request)}${startedAt(request)} ${stateText(request)} after ${showMs(ageOf(request, record))}`,
      ...(hasTimeLeft(request, record) && request.deadline !== null
        ? [`its own ${request.deadline.what} had not passed yet`]
        : []),
      ...(request.status === null
        ? []
        : ['its body keeps arriving, and the call comes back only with all of it']),
    ],
    stack: request.stack,
    fix:
      request.status === null
        ? 'Watch for longer (--timeout)'
        : 'Watch for longer (--timeout); where the body has no end, read it piece by piece (stream=True, client.stream), and give the whole a deadline: the timeout of a client is for each read',
  };
}

function unreadYet({ thread, to, at, stack }: LostPost, { end }: ProgramRecord): Suspicion {
  return {
    ...gap('A message had not been read yet when the watch ended'),
    thread,
    evidence: [`${threadText(thread)} posted to ${to} ${showMs(end.at - at)} before the end of the watch`],
    stack,
    fix: 'Watch for longer (--timeout)',
  };
}
