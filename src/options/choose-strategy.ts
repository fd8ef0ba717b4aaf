import type { StrategyName } from '../model/names.ts';
import { isInRollout } from './rollout.ts';
import type { Effective } from './settings.ts';

export interface StrategyChoice {
  readonly strategy: StrategyName;
  /** Which setting decided, for the log. */
  readonly because: string;
}

/**
 * The strategy for one timer. A strategy named by hand wins; then the fix's own switches, so that going back to the
 * behaviour before it takes one line.
 */
export function chooseStrategy(settings: Effective, timerId: string, onMainThread: boolean): StrategyChoice {
  const { strategy, enableThreadingFix, rolloutPercentage, useSharedSession, threadSafeFallback } = settings;
  if (strategy.value !== null) return { strategy: strategy.value, because: strategy.where };
  if (!enableThreadingFix.value) {
    return { strategy: 'detached', because: `enable_threading_fix is false (${enableThreadingFix.where})` };
  }
  if (!isInRollout(timerId, rolloutPercentage.value)) {
    return {
      strategy: 'detached',
      because: `timer ${timerId} is outside the ${rolloutPercentage.value} % rollout (${rolloutPercentage.where})`,
    };
  }
  if (useSharedSession.value) {
    return { strategy: 'shared-pool', because: `use_shared_session (${useSharedSession.where})` };
  }
  if (threadSafeFallback.value && !onMainThread) {
    return { strategy: 'fetch-in-worker', because: `thread_safe_fallback (${threadSafeFallback.where})` };
  }
  return { strategy: 'shared-pool', because: 'default' };
}
