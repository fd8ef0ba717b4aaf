import { parseThreshold } from '../measure/threshold.ts';
import { flagLayer, loadConfig } from '../options/layers.ts';

/**
 * Flags over the configuration file; null where neither names one.
 * @throws UsageError for one that can’t be read, with its line where it stands in the file.
 */
export function givenThresholds(
  threshold: readonly string[] | undefined,
  config: string | undefined,
): readonly string[] | null {
  for (const expr of threshold ?? []) parseThreshold(expr);
  return loadConfig({
    file: config,
    directory: process.cwd(),
    env: {},
    flags: flagLayer({ thresholds: threshold }),
  }).thresholds.value;
}
