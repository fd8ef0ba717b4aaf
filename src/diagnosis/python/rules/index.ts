import { byRoot } from '../../../model/cause.ts';
import type { Finding, RequestSummary } from '../../../model/finding.ts';
import { type RuleOptions, toFindings } from '../../suspicion.ts';
import { type Judgement, judge } from '../../verdict.ts';
import type { PythonRecord, PythonRequest } from '../record.ts';
import { ageOf } from '../wording.ts';
import { deadlocks } from './deadlocks.ts';
import { endings } from './endings.ts';
import { failures } from './failures.ts';
import { handovers } from './handovers.ts';
import { interpreterHeld } from './interpreter.ts';
import { loops } from './loops.ts';
import { lostWork } from './lost-work.ts';
import { neverRequested } from './never-requested.ts';
import { notSeen } from './not-seen.ts';
import type { PythonRule } from './rule.ts';
import { signalled } from './signalled.ts';
import { stalls } from './stalls.ts';

const rules: readonly PythonRule[] = [
  interpreterHeld,
  deadlocks,
  loops,
  handovers,
  endings,
  failures,
  stalls,
  lostWork,
  signalled,
  neverRequested,
];

export interface PythonDiagnosis extends Judgement {
  readonly findings: readonly Finding[];
}

/** Every cause that the processes' records show, the root first, each request under one cause only. */
export function diagnosePython(records: readonly PythonRecord[], options: RuleOptions): PythonDiagnosis {
  const found = records.flatMap((record) => findingsOf(record, options)).sort(byRoot);
  const findings = found.length > 0 ? found : notSeen(records);
  return { ...judge(findings), findings };
}

function findingsOf(record: PythonRecord, options: RuleOptions): readonly Finding[] {
  return toFindings(
    rules.flatMap((rule) => rule(record, options)),
    {
      thread: ({ id, name, isMain }) => ({ id, name, isMain }),
      request: (request) => summaryOf(request, record),
      threadKey: ({ id }) => String(id),
    },
  );
}

function summaryOf(request: PythonRequest, record: PythonRecord): RequestSummary {
  const { method, origin, path } = request.started;
  return { method, origin, path, state: request.state, ageMs: Math.round(ageOf(request, record)) };
}
