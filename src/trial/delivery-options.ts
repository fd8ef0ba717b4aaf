import type { DeliveryOptions } from '../delivery/strategy.ts';
import { eventFd } from './event-log.ts';
import type { TrialSpec } from './trial.ts';

export function deliveryOptions(spec: TrialSpec): DeliveryOptions {
  const { target, deadlineMs, connections, queueLimit, resilience } = spec;
  return {
    target,
    deadlineMs,
    connections,
    queueLimit,
    ...(resilience === undefined ? {} : { resilience }),
    ...(spec.logsOutcomes === true ? { outcomeFd: eventFd } : {}),
  };
}
