import { loadConfigFile } from '../options/config-file.ts';
import type { Terminal } from '../report/terminal/terminal.ts';
import type { CommonOptions } from './command.ts';
import { noteUnlessQuiet } from './note-unless-quiet.ts';

/**
 * Says that a file that `--config` names changes nothing where nothing can be configured; what is wrong with it is
 * refused as everywhere.
 * @throws UsageError for everything that is wrong with the file.
 */
export function noteIdleConfig(what: string, options: CommonOptions, terminal: Terminal): void {
  if (options.config === undefined) return;
  loadConfigFile(options.config, process.cwd());
  noteUnlessQuiet(options, terminal)(`--config has no effect: ${what} does not depend on a configuration`);
}
