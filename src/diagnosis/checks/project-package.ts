import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const fields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** What the nearest package.json at or above `directory` declares; null where there is none. */
export function declaredPackages(directory: string): ReadonlySet<string> | null {
  const declared = read(join(directory, 'package.json'));
  if (declared !== null) return declared;
  const parent = dirname(directory);
  return parent === directory ? null : declaredPackages(parent);
}

function read(file: string): ReadonlySet<string> | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  return new Set(namesIn(text));
}

function namesIn(text: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return fields.flatMap((field) => Object.keys(objectAt(parsed, field)));
  } catch {
    return [];
  }
}

function objectAt(value: unknown, key: string): object {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
  return typeof found === 'object' && found !== null ? found : {};
}
