import type { StrategyName } from '../model/names.ts';
import { chooseStrategy } from './choose-strategy.ts';
import type { Effective, SettingKey } from './settings.ts';

const decisive: readonly SettingKey[] = [
  'strategy',
  'enableThreadingFix',
  'rolloutPercentage',
  'useSharedSession',
  'threadSafeFallback',
];

/**
 * The strategies that timers get under these settings, on main and off it; `detached` among them for the timers that a
 * rollout leaves out. Null where nothing was set that decides about it.
 */
export function configuredStrategies(settings: Effective): readonly StrategyName[] | null {
  if (decisive.every((key) => settings[key].source === 'default')) return null;
  const percentage = settings.rolloutPercentage.value;
  const forTimersIn = { ...settings, rolloutPercentage: { ...settings.rolloutPercentage, value: 100 } };
  const chosen = [true, false].map((onMain) => chooseStrategy(forTimersIn, '', onMain).strategy);
  const named = settings.strategy.value !== null;
  if (named || percentage === 100) return [...new Set(chosen)];
  return percentage === 0 ? ['detached'] : [...new Set<StrategyName>(['detached', ...chosen])];
}
