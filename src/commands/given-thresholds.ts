import { flagLayer, loadConfig } from '../options/layers.ts';

/** Flags over the configuration file; null where neither names one. */
export function givenThresholds(
  threshold: readonly string[] | undefined,
  config: string | undefined,
): readonly string[] | null {
  return loadConfig({
    file: config,
    directory: process.cwd(),
    env: {},
    flags: flagLayer({ thresholds: threshold }),
  }).thresholds.value;
}
