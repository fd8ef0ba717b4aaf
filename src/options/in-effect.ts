import { UsageError } from '../errors.ts';
import { leftOutText } from '../model/strategy-in-effect.ts';
import { describeSettings, type SettingRow } from './rows.ts';
import { declarationOf, type Effective, type SettingKey } from './settings.ts';
import { strategyInEffect } from './strategy-in-effect.ts';
import { tokenOf, tokenPlace } from './token.ts';

export interface InEffect {
  readonly rows: readonly SettingRow[];
  /** What is wrong with what a setting only names. */
  readonly problems: readonly UsageError[];
}

/** Every setting as it takes effect: what is decided by several of them, too, and the token that is in a file. */
export function describeInEffect(settings: Effective, onMainThread: boolean): InEffect {
  const token = tokenRow(settings);
  const own = [strategyRow(settings, onMainThread), token.row];
  return {
    rows: describeSettings(settings).map((row) => own.find(({ key }) => key === row.key) ?? row),
    problems: token.problems,
  };
}

function strategyRow(settings: Effective, onMainThread: boolean): SettingRow {
  const inEffect = strategyInEffect(settings, onMainThread);
  const { strategy, because } = inEffect.inRollout;
  const leftOut = leftOutText(inEffect);
  return {
    key: keyOf('strategy'),
    value: strategy,
    where: leftOut === null ? because : `${because}; ${leftOut}`,
  };
}

function tokenRow(settings: Effective): { row: SettingRow; problems: readonly UsageError[] } {
  const place = tokenPlace(settings);
  const key = keyOf('token');
  const set = '*** (set)';
  switch (place.kind) {
    case 'none':
      return { row: { key, value: null, where: 'default' }, problems: [] };
    case 'variable':
      return { row: { key, value: set, where: place.where }, problems: [] };
    // It can be read only once, and whoever looks at the configuration may have typed nothing.
    case 'stdin':
      return { row: { key, value: 'not read', where: 'stdin' }, problems: [] };
    case 'file':
      try {
        return {
          row: { key, value: tokenOf(settings) === null ? null : set, where: place.file },
          problems: [],
        };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { row: { key, value: null, where: place.file }, problems: [error] };
      }
  }
}

/** As the rows name it. */
function keyOf(setting: SettingKey): string {
  const { file, variable, key } = declarationOf(setting);
  return file ?? variable ?? key;
}
