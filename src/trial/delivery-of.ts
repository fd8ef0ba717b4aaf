import { capabilities } from '../delivery/capabilities.ts';
import { remedyFor } from '../delivery/cause-of-outcome.ts';
import type { SendOutcome } from '../delivery/outcome.ts';
import { lookFirst } from '../failures/failures.ts';
import type { DeliveryPath } from '../model/names.ts';
import type { Delivery } from '../model/story.ts';
import { showMs } from '../time/show-ms.ts';
import { classify, type NotificationResult } from './classify.ts';
import type { ObservedTrial } from './observation.ts';
import { watchMs } from './standstill-time.ts';
import { type ObservedSpec, type TrialSpec, timerIdOf } from './trial.ts';

/** A trial of Node's: what its strategy can do is known. */
export interface NodeTrial extends ObservedTrial {
  readonly spec: ObservedSpec & Pick<TrialSpec, 'strategy'>;
}

/** What became of the one notification of a path. */
export function deliveryOf(result: NodeTrial, path: DeliveryPath): Delivery {
  const [classified] = classify(result.spec, result.observation, path);
  if (classified === undefined || !wasDue(result, classified)) return skipped(result, path);
  const { id, outcome, sendOutcome } = classified;
  return {
    id,
    path,
    outcome,
    ...detailsOf(sendOutcome),
    ...(sendOutcome === null ? silenceOf(result, classified) : {}),
    ...(outcome === 'delivered' || outcome === 'late' ? { durationMs: arrivedAfterMs(classified) } : {}),
  };
}

/** To the server's response where that is known, else to its arrival: one figure, whatever shows it. */
function arrivedAfterMs({ latencyMs, answeredMs }: NotificationResult): number | null {
  return answeredMs ?? latencyMs;
}

/** An expiry that was never called is a finding, unless its timer was not started or was stopped. */
function wasDue({ observation: { record, end } }: ObservedTrial, { id, path }: NotificationResult): boolean {
  if (record.of(id).called !== null) return true;
  if (end.kind === 'interrupted') return false;
  return path === 'confirmation' || record.startAtMs !== null;
}

type Details = Omit<Delivery, 'id' | 'path' | 'outcome'>;

const nothing: Details = {
  channel: null,
  ts: null,
  code: null,
  message: null,
  fix: null,
  ambiguous: false,
  attempts: null,
  durationMs: null,
  circuit: null,
  warnings: [],
};

function skipped({ spec }: ObservedTrial, path: DeliveryPath): Delivery {
  return { ...nothing, id: `${timerIdOf(spec, 0)}:${path}`, path, outcome: 'skipped' };
}

function detailsOf(outcome: SendOutcome | null): Details {
  if (outcome === null) return nothing;
  const { attempts, durationMs, circuit = null } = outcome;
  const common = { ...nothing, attempts, durationMs, circuit, fix: remedyFor(outcome) };
  switch (outcome.status) {
    case 'delivered':
      return {
        ...common,
        channel: outcome.channel,
        ts: outcome.ts,
        warnings: outcome.warnings ?? [],
      };
    case 'failed':
      return {
        ...common,
        code: outcome.code,
        message: outcome.message,
        ambiguous: outcome.ambiguous,
      };
    case 'timed-out': {
      const message = `no response within ${showMs(outcome.deadlineMs)}: ${waits[outcome.waitingFor]}`;
      return { ...common, code: 'timed-out', message, ambiguous: outcome.ambiguous };
    }
  }
}

const waits = {
  turn: 'its turn at the channel’s rate did not come',
  connection: 'there was no connection',
  response: 'the request was sent and no response came',
  body: 'the response began and did not end',
  answer: 'the thread it was handed to did not reply',
} as const;

/** Nothing was reported, and the client's own timeout did not fire either. */
function silenceOf({ spec, observation }: NodeTrial, { outcome }: NotificationResult): Partial<Details> {
  if (outcome === 'delivered' || outcome === 'late') return {};
  const { end } = observation;
  if (end.kind === 'crashed')
    return { message: end.message, fix: 'run it again with --verbose and report it' };
  const watched = showMs(spec.patienceMs + watchMs(spec.patienceMs));
  const message =
    outcome === 'lost'
      ? 'no message, no error: whoever could report it is gone'
      : `no message, no error in ${watched}: the client’s own timeout of ${showMs(spec.deadlineMs)} did not fire`;
  const fix =
    capabilities[spec.strategy].requestsOn === 'io-thread'
      ? lookFirst
      : 'send it with --strategy shared-pool';
  return { message, ambiguous: true, fix };
}
