import type { Finding } from '../../../report/report.ts';
import type { Cause } from '../../cause.ts';
import type { PythonRecord } from '../record.ts';
import { ageOf } from '../wording.ts';
import { endings } from './endings.ts';
import { failures } from './failures.ts';
import { handovers } from './handovers.ts';
import { interpreterHeld } from './interpreter.ts';
import { loops } from './loops.ts';
import { neverRequested } from './never-requested.ts';
import { stalls } from './stalls.ts';
import type { PythonRule, RuleOptions, Suspicion } from './suspicion.ts';

const rules: readonly PythonRule[] = [
  interpreterHeld,
  loops,
  handovers,
  endings,
  failures,
  stalls,
  neverRequested,
];

/** Roots before their symptoms. */
const rootFirst: readonly Cause[] = [
  'bridge-deadlock',
  'loop-parked',
  'loop-blocked',
  'bridge-target-blocked',
  'threadpool-starved',
  'pool-exhausted',
  'thread-exited',
  'process-exited',
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

export interface PythonDiagnosis {
  readonly verdict: Cause;
  readonly findings: readonly Finding[];
}

/** Every cause that the processes' records show, the root first, each request under one cause only. */
export function diagnosePython(records: readonly PythonRecord[], options: RuleOptions): PythonDiagnosis {
  const findings = records
    .flatMap((record) => findingsOf(record, options))
    .sort((a, b) => rank(a.code) - rank(b.code));
  const all = findings.length > 0 ? findings : noRequest(records);
  return { verdict: all[0]?.code ?? 'healthy', findings: all };
}

function rank(code: Cause): number {
  return rootFirst.indexOf(code);
}

function findingsOf(record: PythonRecord, options: RuleOptions): readonly Finding[] {
  const suspicions = rules
    .flatMap((rule) => rule(record, options))
    .sort((a, b) => rank(a.code) - rank(b.code));
  return group(onceARequest(suspicions)).map((alike) => toFinding(alike, record));
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
function group(suspicions: readonly Suspicion[]): readonly (readonly [Suspicion, number])[] {
  const groups = new Map<string, [Suspicion, number]>();
  for (const suspicion of suspicions) {
    const { code, thread, request, stack } = suspicion;
    const key = [code, thread?.id, request?.started.origin, request?.started.path, stack[0]].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [suspicion, 0]);
    else group[1] += 1;
  }
  return [...groups.values()];
}

function toFinding([suspicion, more]: readonly [Suspicion, number], record: PythonRecord): Finding {
  const { code, severity, title, thread, request, evidence, stack, fix } = suspicion;
  return {
    code,
    severity,
    title,
    thread: thread === null ? null : { id: thread.id, name: thread.name, isMain: thread.isMain },
    request:
      request === null
        ? null
        : {
            method: request.started.method,
            origin: request.started.origin,
            path: request.started.path,
            state: request.state,
            ageMs: Math.round(ageOf(request, record)),
          },
    evidence: more === 0 ? evidence : [...evidence, `and ${more} more like it`],
    stack,
    fix,
  };
}

function noRequest(records: readonly PythonRecord[]): readonly Finding[] {
  if (records.some(({ started }) => started > 0)) return [];
  const processes = records.length === 1 ? 'one Python process' : `${records.length} Python processes`;
  return [
    {
      code: 'never-requested',
      severity: 'error',
      title: 'The program made no request',
      thread: null,
      request: null,
      evidence: [
        `${processes} watched from the first statement on; none made a request through aiohttp, requests, urllib3, urllib or http.client`,
        ...(records.some(({ gone }) => !gone)
          ? ['the program was still running when the observation ended']
          : []),
      ],
      stack: [],
      fix: 'Check that the timer is set, that its callback runs and that what it calls reaches the client; a longer --timeout watches for longer',
    },
  ];
}
