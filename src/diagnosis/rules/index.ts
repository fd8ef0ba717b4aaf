import type { Finding } from '../../report/report.ts';
import { type Cause, causes } from '../cause.ts';
import type { ProgramRecord } from '../record.ts';
import { bridge } from './bridge.ts';
import { endings } from './endings.ts';
import { failures } from './failures.ts';
import { loopStandingStill } from './loop-standing-still.ts';
import { neverRequested } from './never-requested.ts';
import { poolExhausted } from './pool.ts';
import type { Rule, RuleOptions, Suspicion } from './rule.ts';
import { stalls } from './stalls.ts';
import { threadpoolStarved } from './threadpool.ts';
import { timerOverflow, timerUnreferenced } from './timers.ts';
import { ageOf } from './wording.ts';

const rules: readonly Rule[] = [
  bridge,
  loopStandingStill,
  threadpoolStarved,
  poolExhausted,
  endings,
  timerOverflow,
  timerUnreferenced,
  failures,
  stalls,
  neverRequested,
];

/** Roots before their symptoms: a parked loop stalls the response, a dead process refuses the next one. */
const rootFirst: readonly Suspicion['code'][] = [
  'bridge-deadlock',
  'loop-parked',
  'loop-blocked',
  'bridge-target-blocked',
  'threadpool-starved',
  'pool-exhausted',
  'thread-exited',
  'process-exited',
  'timer-overflow',
  'timer-unreferenced',
  'tls-untrusted',
  'dns-not-found',
  'connect-stalled',
  'response-stalled',
  'body-stalled',
  'reset',
  'refused',
  'rejected-by-slack',
  'rate-limited',
  'http-error',
  'never-requested',
];

export interface Diagnosis {
  readonly verdict: Cause;
  readonly findings: readonly Finding[];
}

/** Every cause that the record shows, the root first, each request under one cause only. */
export function diagnose(record: ProgramRecord, options: RuleOptions): Diagnosis {
  const suspicions = rules
    .flatMap((rule) => rule(record, options))
    .sort((a, b) => rootFirst.indexOf(a.code) - rootFirst.indexOf(b.code));
  const findings = group(onceARequest(suspicions)).map((alike) => toFinding(alike, record));
  return { verdict: findings[0]?.code ?? causes[0], findings };
}

function onceARequest(suspicions: readonly Suspicion[]): readonly Suspicion[] {
  const explained = new Set<object>();
  return suspicions.filter(({ request }) => {
    if (request === null) return true;
    if (explained.has(request)) return false;
    explained.add(request);
    return true;
  });
}

/** Those that tell the same of the same place are told once. */
function group(suspicions: readonly Suspicion[]): readonly (readonly Suspicion[])[] {
  const groups = new Map<string, Suspicion[]>();
  for (const suspicion of suspicions) {
    const { code, thread, request, stack } = suspicion;
    const key = [code, thread?.pid, thread?.tid, request?.origin, request?.path, stack[0]].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [suspicion]);
    else group.push(suspicion);
  }
  return [...groups.values()];
}

function toFinding(alike: readonly Suspicion[], record: ProgramRecord): Finding {
  const [first] = alike;
  if (first === undefined) throw new RangeError('a group has at least one member');
  const { code, severity, title, thread, request, evidence, stack, fix } = first;
  return {
    code,
    severity,
    title,
    thread: thread === null ? null : { id: thread.tid, name: thread.name, isMain: thread.isMain },
    request:
      request === null
        ? null
        : {
            method: request.method,
            origin: request.origin,
            path: request.path,
            state: request.state,
            ageMs: Math.round(ageOf(request, record)),
          },
    evidence: alike.length === 1 ? evidence : [...evidence, `and ${alike.length - 1} more like it`],
    stack,
    fix,
  };
}
