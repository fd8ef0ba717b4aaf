import { parseThreshold } from '../measure/threshold.ts';
import { flagLayer, loadConfig } from '../options/layers.ts';

/**
 * Flags over the configuration file; null where neither names one.
 * @throws UsageError for one that can’t be read, with its line where it stands in the file.
 */
export function givenThresholds(
  threshold: readonly string[] | undefined,
  config: string | undefined,
  onNote: (note: string) => void,
): readonly string[] | null {
  for (const expr of threshold ?? []) parseThreshold(expr);
  const notes: string[] = [];
  const { thresholds } = loadConfig({
    file: config,
    directory: process.cwd(),
    env: {},
    flags: flagLayer({ thresholds: threshold }),
    onNote: (note) => notes.push(note),
  });
  // A file that was only found beside us, and says nothing of this, is none of the user's concern here.
  if (config !== undefined || thresholds.source === 'file') notes.forEach(onNote);
  return thresholds.value;
}
