import type { DeliveryOptions } from '../delivery/strategy.ts';
import { builtFile } from '../package-files.ts';
import { eventFd } from './event-log.ts';
import type { TrialSpec } from './trial.ts';

const ioThread = builtFile('delivery/shared-pool/io.worker.js').href;

export function deliveryOptions(spec: TrialSpec): DeliveryOptions {
  const { target, deadlineMs, connections, queueLimit, resilience } = spec;
  return {
    target,
    deadlineMs,
    connections,
    queueLimit,
    ioThread,
    ...(resilience === undefined ? {} : { resilience }),
    ...(spec.logsOutcomes === true ? { outcomeFd: eventFd } : {}),
  };
}
