import type { FindingCode } from '../../model/cause.ts';
import type { Finding, RequestSummary } from '../../model/finding.ts';
import { causesFirst } from '../causes-first.ts';
import type { ProgramRecord, RequestRecord, ThreadRecord } from '../record.ts';
import { toFindings } from '../to-findings.ts';
import { type Judgement, judge } from '../verdict.ts';
import { abortedByOwnError } from './aborted-by-own-error.ts';
import { awaitUnsettled } from './await-unsettled.ts';
import { bridge } from './bridge.ts';
import { clockReplaced } from './clock-replaced.ts';
import { cutOffWork } from './cut-off-work.ts';
import { deadlocks } from './deadlocks.ts';
import { droppedJobs } from './dropped-jobs.ts';
import { endings } from './endings.ts';
import { failures } from './failures.ts';
import { fruitlessCallbacks } from './fruitless-callbacks.ts';
import { impossibleWaits } from './impossible-waits.ts';
import { inconclusive } from './inconclusive.ts';
import { intercepted } from './intercepted.ts';
import { keptOut } from './kept-out.ts';
import { killed } from './killed.ts';
import { killedChildren } from './killed-children.ts';
import { lateCalls } from './late-calls.ts';
import { leftPosts } from './left-posts.ts';
import { leftUndone } from './left-undone.ts';
import { lostWork } from './lost-work.ts';
import { neverRequested } from './never-requested.ts';
import { nothingFound } from './nothing-found.ts';
import { poolExhausted } from './pool.ts';
import { processSuspended } from './process-suspended.ts';
import { putOff } from './put-off.ts';
import { refusedJobs } from './refused-jobs.ts';
import { replacedReaders } from './replaced-readers.ts';
import { replacedSenders } from './replaced-senders.ts';
import { requestIncomplete } from './request-incomplete.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { stalledSinks } from './stalled-sinks.ts';
import { stalls } from './stalls.ts';
import { stoppedLoop } from './stopped-loop.ts';
import { stoppedServer } from './stopped-server.ts';
import { stuckQueues } from './stuck-queues.ts';
import { swallowedErrors } from './swallowed-errors.ts';
import { threadpoolStarved } from './threadpool.ts';
import { timerOverflow, timerUnreferenced } from './timers.ts';
import { unhandledMessages } from './unhandled-messages.ts';
import { unreachable } from './unreachable.ts';
import { unsentLists } from './unsent-lists.ts';
import { ageOf, placesEvidence } from './wording.ts';

const rules: readonly Rule[] = [
  processSuspended,
  bridge,
  deadlocks,
  impossibleWaits,
  stoppedLoop,
  stoppedServer,
  threadpoolStarved,
  poolExhausted,
  killed,
  killedChildren,
  unhandledMessages,
  endings,
  cutOffWork,
  timerOverflow,
  timerUnreferenced,
  unreachable,
  keptOut,
  awaitUnsettled,
  intercepted,
  clockReplaced,
  requestIncomplete,
  failures,
  abortedByOwnError,
  stalls,
  lostWork,
  refusedJobs,
  droppedJobs,
  stuckQueues,
  lateCalls,
  replacedSenders,
  replacedReaders,
  fruitlessCallbacks,
  leftUndone,
  unsentLists,
  stalledSinks,
  swallowedErrors,
  neverRequested,
  leftPosts,
  putOff,
  inconclusive,
];

export interface Diagnosis extends Judgement {
  readonly findings: readonly Finding[];
}

/** Every cause that the record shows, the root first, each request under one cause only. */
export function diagnose(record: ProgramRecord, options: RuleOptions): Diagnosis {
  const found = rules.flatMap((rule) => rule(record, options));
  const suspicions = found.length > 0 ? withPlaces(found, record) : nothingFound(record, options);
  const findings = toFindings(suspicions, {
    thread: ({ tid, name, isMain }) => ({ id: tid, name, isMain }),
    request: (request) => summaryOf(request, record),
    threadKey: ({ pid, tid }) => `${pid} ${tid}`,
    runtime: (thread) => thread?.runtime ?? record.runtime,
  });
  return { ...judge(findings), findings };
}

/** Causes of which the evidence says what did not come, and not what the program does instead. */
const generic: ReadonlySet<FindingCode> = new Set(['never-requested', 'await-unsettled', 'inconclusive']);

/** The root says where every thread of a program that did not end stands, unless it says what each waits for. */
function withPlaces(found: readonly Suspicion[], record: ProgramRecord): readonly Suspicion[] {
  const [root, ...others] = causesFirst<ThreadRecord, Suspicion>(found);
  if (root === undefined || record.end.kind === 'exited' || !generic.has(root.code)) return found;
  const said = root.evidence.join('\n');
  const places = record.places.filter(({ stack: [place] }) => place !== undefined && !said.includes(place));
  return [{ ...root, evidence: [...root.evidence, ...placesEvidence({ places })] }, ...others];
}

function summaryOf(request: RequestRecord, record: ProgramRecord): RequestSummary {
  const { method, origin, path, state, endedAt } = request;
  return {
    method,
    origin,
    path,
    state,
    ageMs: Math.round(ageOf(request, record)),
    ...(endedAt === null ? {} : { ended: true }),
  };
}
