import type { StrategyInEffect } from '../model/strategy-in-effect.ts';
import { chooseStrategy } from './choose-strategy.ts';
import type { Effective } from './settings.ts';

/** The rollout decides by a timer's id; here there is no timer. */
const noTimer = '';

export function strategyInEffect(settings: Effective, onMainThread: boolean): StrategyInEffect {
  const { value: percentage, where } = settings.rolloutPercentage;
  const everyTimer = { ...settings, rolloutPercentage: { ...settings.rolloutPercentage, value: 100 } };
  const decided = settings.strategy.value !== null || !settings.enableThreadingFix.value;
  return {
    chosen: chooseStrategy(settings, noTimer, onMainThread).strategy,
    inRollout: chooseStrategy(everyTimer, noTimer, onMainThread),
    partialRollout: !decided && percentage < 100 ? { percentage, where } : null,
  };
}
