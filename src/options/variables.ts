import type { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { declared } from './settings.ts';
import { ourPrefix, strangeVariable } from './strange-variable.ts';
import { watchVariables } from './watch-settings.ts';

/** Every environment variable that is read. */
export const variables: readonly string[] = [
  ...declared.flatMap(({ variable }) => variable ?? []),
  ...watchVariables,
  // Set by the tool itself, for the programs that it starts.
  'TIMER_NOTIFY_RECORD',
  'TIMER_NOTIFY_COMPILED',
  'TIMER_NOTIFY_WARMS_CACHE',
];

const ownParts = variables
  .filter((name) => name.startsWith(ourPrefix))
  .map((name) => name.slice(ourPrefix.length));

/** Those that are named like ours, and are none: a misspelt one would be left out without a word. */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly UsageError[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(ourPrefix) && !variables.includes(name))
    .sort()
    .map((name) => {
      // Without what they all begin with, which would make any two of them alike.
      const meant = nearest(name.slice(ourPrefix.length), ownParts);
      return strangeVariable(name, meant);
    });
}
