import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../../package-files.ts';
import { lookFile } from './protocol.ts';

/**
 * Writes the file that Node preloads into the record's directory.
 * @returns what makes an environment one in which every Node process loads the probe first
 */
export function writePreload(directory: string): (env: NodeJS.ProcessEnv) => NodeJS.ProcessEnv {
  const preload = join(directory, 'preload.cjs');
  const nodeOptions = `--require ${quoted(preload)} ${silentInspector}`;
  const probe = fileURLToPath(builtFile('diagnosis/node/probe/probe.cjs'));
  writeFileSync(preload, preloadSource(probe, { directory, preload, nodeOptions }));
  return (env) => ({ ...env, NODE_OPTIONS: appended(env.NODE_OPTIONS ?? '', nodeOptions) });
}

/**
 * The inspector stays silent and asleep unless a blocked thread must be asked for its stack. Node drops the empty quotes.
 * Its test runner, `cluster` and test frameworks search NODE_OPTIONS for the name of such an option, and then run test
 * files one by one, give workers inspector ports, or switch timeouts off.
 */
const silentInspector = '--in""spect-publish-uid=http';

/** Each thread whose loop runs then reports its pending awaits. */
export function askForAwaits(directory: string): void {
  try {
    writeFileSync(join(directory, lookFile), '', { flag: 'wx' });
  } catch {
    // The program can write to the folder, and may have removed it: what is there stays as it is, and nobody is asked.
  }
}

function appended(existing: string, options: string): string {
  return existing === '' ? options : `${existing} ${options}`;
}

/** NODE_OPTIONS splits at spaces unless quoted; within quotes a backslash escapes. */
function quoted(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}

/** Old Nodes run it too, when the program starts one: it then does nothing. */
function preloadSource(probe: string, options: object): string {
  return [
    "'use strict';",
    'try {',
    "  if (Number(process.versions.node.split('.')[0]) >= 18 && !process.versions.bun) {",
    `    require(${JSON.stringify(probe)}).start(${JSON.stringify(options)});`,
    '  }',
    '} catch (_error) {}',
    '',
  ].join('\n');
}
