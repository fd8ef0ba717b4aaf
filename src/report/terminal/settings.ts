import type { Terminal } from './terminal.ts';

export interface SettingRow {
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly where: string;
}

/** Key, value and source of each setting, one a line. */
export function renderSettings(rows: readonly SettingRow[], { out }: Pick<Terminal, 'out'>): string {
  const shown = rows.map(({ key, value, where }) => ({
    key,
    value: value === null ? '–' : String(value),
    where,
  }));
  const keyWidth = Math.max(...shown.map(({ key }) => key.length));
  const valueWidth = Math.max(...shown.map(({ value }) => value.length));
  return shown
    .map(({ key, value, where }) => {
      const source = where === 'default' ? out.dim(where) : where;
      return `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}`;
    })
    .join('\n');
}
