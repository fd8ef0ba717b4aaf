import { UsageError } from '../../errors.ts';
import { nearest } from '../../nearest.ts';
import type { Check } from './check.ts';

/**
 * The checks that the words name, each by its id or by its group, in the table's order; all of them for no words.
 * @throws UsageError naming the nearest right word.
 */
export function selectChecks(
  table: readonly Check[],
  words: readonly string[],
  command = 'timer-notify doctor',
): readonly Check[] {
  if (words.length === 0) return table;
  for (const word of words) {
    if (!table.some((check) => isNamed(check, word))) throw unknownCheck(table, word, command);
  }
  return table.filter((check) => words.some((word) => isNamed(check, word)));
}

function isNamed({ id, group }: Check, word: string): boolean {
  return id === word || group === word;
}

function unknownCheck(table: readonly Check[], word: string, command: string): UsageError {
  const groups = [...new Set(table.map(({ group }) => group))];
  const suggestion = nearest(word, [...groups, ...table.map(({ id }) => id)]);
  return new UsageError(
    `unknown check "${word}"`,
    groups.length === 1
      ? `the only group here is ${groups.join('')}`
      : `the groups are: ${groups.join(', ')}`,
    suggestion === null ? `${command} --list shows every check` : `did you mean "${suggestion}"?`,
  );
}
