import { markdownTable } from 'markdown-table';
import { declarationOf, declared, type Effective, type SettingKey } from './settings.ts';

export interface SettingRow {
  /** The key as the configuration file writes it, or the environment variable where it has none. */
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly where: string;
}

/** Every setting in effect and where it came from; secrets say only that they are set. */
export function describeSettings(effective: Effective): readonly SettingRow[] {
  const entries = new Map(Object.entries(effective));
  return declared.flatMap(({ key, file, variable, secret, show }) => {
    const found = entries.get(key);
    if (found === undefined) return [];
    return [{ key: file ?? variable ?? key, value: shown(found.value, secret, show), where: found.where }];
  });
}

function shown(
  value: unknown,
  secret: true | undefined,
  show: ((value: unknown) => string) | undefined,
): SettingRow['value'] {
  if (value === null || value === undefined) return null;
  if (secret === true) return '*** (set)';
  if (show !== undefined) return show(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** What help says of a setting; the default is null where there is none to show. */
export function describeSetting(key: SettingKey) {
  const { help, schema, initial, secret, show } = declarationOf(key);
  const value = shown(initial, secret, show);
  return { help, schema, default: value === null || value === false ? null : String(value) };
}

/** The reference table of the documentation, in Markdown. */
export function settingsTable(): string {
  const rows = declared.map(({ help, file, botFile, variable, flag, secret, show, initial }) => [
    file === null ? '–' : code(file),
    variable === null ? '–' : code(variable),
    flag === null ? '–' : code(flag),
    code(String(shown(initial, secret, show) ?? 'none')),
    `${help}${botFile === undefined ? '' : `; also ${code(botFile.key)}`}`,
  ]);
  return markdownTable([
    ['key in the file', 'environment variable', 'flag', 'default', 'what it is'],
    ...rows,
  ]);
}

function code(text: string): string {
  return `\`${text}\``;
}
