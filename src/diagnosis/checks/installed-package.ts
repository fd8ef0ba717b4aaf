import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder. */
  readonly path: string;
}

/** A package as a program in `directory` would find it, whatever its `exports` allow; null where it is not installed. */
export function findPackage(directory: string, name: string): InstalledPackage | null {
  const path = join(directory, 'node_modules', name);
  const version = versionIn(join(path, 'package.json'));
  if (version !== null) return { name, version, path };
  const parent = dirname(directory);
  return parent === directory ? null : findPackage(parent, name);
}

function versionIn(file: string): string | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const found =
      typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
    return typeof found === 'string' ? found : null;
  } catch {
    return null;
  }
}
