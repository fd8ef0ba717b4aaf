import type { DeliveryOptions } from '../delivery/strategy.ts';
import type { TrialSpec } from './trial.ts';

export function deliveryOptions({ target, deadlineMs, connections, queueLimit }: TrialSpec): DeliveryOptions {
  return { target, deadlineMs, connections, queueLimit };
}
