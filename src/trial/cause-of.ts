import type { SendOutcome } from '../delivery/outcome.ts';
import type { Cause } from '../diagnosis/cause.ts';
import type { NotificationResult, OutcomeName } from './classify.ts';
import type { Observation, TrialEvent, TrialSpec } from './trial.ts';

/** Why notifications of a cell did not arrive in time: the cause of the most frequent outcome; null where all did. */
export function causeOf(
  spec: TrialSpec,
  observation: Observation,
  results: readonly NotificationResult[],
): Cause | null {
  const missing = results.filter(({ outcome }) => outcome !== 'delivered');
  const [worst] = ranked(missing.map(({ outcome }) => outcome));
  const example = missing.find(({ outcome }) => outcome === worst);
  if (worst === undefined || example === undefined) return null;
  return causeOfOutcome(worst, example, spec, observation);
}

function causeOfOutcome(
  outcome: Exclude<OutcomeName, 'delivered'> | OutcomeName,
  { told }: NotificationResult,
  spec: TrialSpec,
  { events, end }: Observation,
): Cause | null {
  const happened = (kind: TrialEvent['kind']) => events.some((event) => event.kind === kind);
  if (outcome === 'lost') {
    const processEnded = happened('process-exiting') || (end.kind === 'exited' && !happened('exiting'));
    return processEnded ? 'process-exited' : 'thread-exited';
  }
  if (outcome === 'failed' && told !== null)
    return happened('starved') && told.status === 'timed-out' ? 'threadpool-starved' : causeOfFailure(told);
  if (happened('starved')) return 'threadpool-starved';
  const standing = events.find((event) => event.kind === 'blocked' || event.kind === 'parked');
  if (standing === undefined)
    return events.some(({ kind }) => kind === 'calling') ? 'response-stalled' : 'never-requested';
  if (standing.kind === 'parked') return 'loop-parked';
  return standing.thread === 'main' && spec.strategy === 'bridged' ? 'bridge-target-blocked' : 'loop-blocked';
}

function causeOfFailure(told: SendOutcome): Cause | null {
  if (told.status === 'delivered') return null;
  if (told.status === 'timed-out') {
    if (told.waitingFor === 'connection') return 'connect-stalled';
    if (told.waitingFor === 'answer') return 'bridge-target-blocked';
    return told.waitingFor === 'body' ? 'body-stalled' : 'response-stalled';
  }
  switch (told.code) {
    case 'refused':
    case 'reset':
    case 'dns-not-found':
    case 'tls-untrusted':
    case 'rate-limited':
    case 'http-error':
      return told.code;
    case 'connect-failed':
      return 'connect-stalled';
    case 'bad-response':
      return 'http-error';
    case 'queue-full':
      return 'pool-exhausted';
    case 'io-thread-lost':
    case 'closed':
      return 'thread-exited';
    default:
      return 'rejected-by-slack';
  }
}

/** The distinct values, most frequent first. */
function ranked<Value>(values: readonly Value[]): Value[] {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}
