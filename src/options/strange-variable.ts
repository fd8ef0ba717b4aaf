import { UsageError } from '../errors.ts';

/** What all of our own variables begin with. */
export const ourPrefix = 'TIMER_NOTIFY_';

/** Of an environment variable that is named like ours and is none; `meant` is the one that it may stand for. */
export function strangeVariable(name: string, meant: string | null): UsageError {
  return new UsageError(
    `${name} is an unknown variable`,
    'it has no effect',
    meant === null
      ? 'remove it; docs/configuration.md lists those there are'
      : `did you mean ${ourPrefix}${meant}?`,
  );
}
