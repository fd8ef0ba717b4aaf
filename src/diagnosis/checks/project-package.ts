import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, whyRefused } from '../../file-error.ts';
import { parseObject } from '../../json-object.ts';

const fields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** What a project's package.json says of its packages; one that can't be read says nothing of them. */
export type Declared =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly file: string; readonly why: string }
  | { readonly kind: 'read'; readonly packages: ReadonlySet<string> };

/** Of the nearest package.json at or above `directory`. */
export function declaredPackages(directory: string): Declared {
  const declared = read(join(directory, 'package.json'));
  if (declared.kind !== 'absent') return declared;
  const parent = dirname(directory);
  return parent === directory ? declared : declaredPackages(parent);
}

function read(file: string): Declared {
  try {
    const content = parseObject(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
    return content === null
      ? { kind: 'unreadable', file, why: 'it is not a JSON object' }
      : { kind: 'read', packages: new Set(fields.flatMap((field) => Object.keys(objectAt(content, field)))) };
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error))
      ? { kind: 'absent' }
      : { kind: 'unreadable', file, why: whyRefused(error) };
  }
}

function objectAt(value: unknown, key: string): object {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : null;
  return typeof found === 'object' && found !== null ? found : {};
}
