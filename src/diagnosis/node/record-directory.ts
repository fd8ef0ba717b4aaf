import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../../package-files.ts';

export interface RecordDirectory {
  readonly path: string;
  /** The environment in which every Node process loads the probe first. */
  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  /** Each thread whose loop runs tells its pending awaits. */
  askForAwaits(): void;
  remove(): void;
}

/** A directory for one program's record, with the file that Node preloads. */
export function createRecordDirectory(): RecordDirectory {
  const path = mkdtempSync(join(tmpdir(), 'timer-notify-doctor-'));
  const preload = join(path, 'preload.cjs');
  // The inspector stays silent and asleep unless a blocked thread must be asked for its stack.
  const nodeOptions = `--require ${quoted(preload)} --inspect-publish-uid=http`;
  const probe = fileURLToPath(builtFile('diagnosis/node/probe/probe.cjs'));
  writeFileSync(preload, preloadSource(probe, { directory: join(path), preload, nodeOptions }));
  return {
    path,
    environment: (env) => ({ ...env, NODE_OPTIONS: appended(env.NODE_OPTIONS ?? '', nodeOptions) }),
    askForAwaits: () => writeFileSync(join(path, 'look'), ''),
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  };
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
