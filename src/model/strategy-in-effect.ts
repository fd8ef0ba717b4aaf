import type { StrategyName } from './names.ts';

/** The strategy that a configuration gives to timers at large. */
export interface StrategyInEffect {
  /** What a delivery that is tried out uses. */
  readonly chosen: StrategyName;
  /** For a timer inside the rollout, and which setting decided. */
  readonly inRollout: { readonly strategy: StrategyName; readonly because: string };
  /** Null when no timer is left out. */
  readonly partialRollout: { readonly percentage: number; readonly where: string } | null;
}

/** `75 % of the timers still use detached (TIMER_NOTIFY_ROLLOUT_PERCENTAGE)`; null where none does. */
export function leftOutText({ partialRollout }: StrategyInEffect): string | null {
  if (partialRollout === null) return null;
  const { percentage, where } = partialRollout;
  return `${100 - percentage} % of the timers still use detached (${where})`;
}
