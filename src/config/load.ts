import { type LoadedConfigFile, loadConfigFile } from './config-file.ts';
import { type Effective, environmentLayer, fileLayer, type Layer, resolve } from './sources.ts';

export interface ConfigRequest {
  /** The value of `--config`. */
  readonly file: string | undefined;
  /** Where a configuration file is looked for when none is named. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the flags say. */
  readonly flags: Layer;
}

/**
 * Flags over environment over file over defaults.
 * @throws UsageError naming the key, the line or the variable.
 */
export function loadConfig({ file, directory, env, flags }: ConfigRequest): Effective {
  const loaded: LoadedConfigFile | null = loadConfigFile(file, directory);
  return resolve([flags, environmentLayer(env), ...(loaded === null ? [] : [fileLayer(loaded)])]);
}
