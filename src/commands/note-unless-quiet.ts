import type { Terminal } from '../report/terminal/terminal.ts';
import type { CommonOptions } from './command.ts';

/** Says on stderr what a user should know beside the result. */
export function noteUnlessQuiet(
  { quiet }: Pick<CommonOptions, 'quiet'>,
  { note }: Pick<Terminal, 'note'>,
): (line: string) => void {
  return quiet === true ? () => {} : note;
}
