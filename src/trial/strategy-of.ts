import { loadStrategy } from '../delivery/index.ts';
import type { DeliveryStrategy } from '../delivery/strategy.ts';
import type { TrialSpec } from './trial.ts';

/** How this trial's notifications leave their thread: a strategy of ours, or the user's own handler. */
export async function strategyOf({ strategy, handler }: TrialSpec): Promise<DeliveryStrategy> {
  if (handler === undefined) return loadStrategy(strategy);
  const { handlerStrategy } = await import('./handler-strategy.ts');
  return handlerStrategy(handler.file);
}
