import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { shippedFile } from './package-files.ts';

/** Of the report document; a reader refuses any other. */
export const schemaVersion = 1;

/** This package's version, from its package.json. */
export function toolVersion(): string {
  return versionIn(shippedFile('package.json'));
}

/** The version of undici that this package runs on. */
export function undiciVersion(): string {
  return versionIn(createRequire(import.meta.url).resolve('undici/package.json'));
}

function versionIn(packageJson: URL | string): string {
  const parsed: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  const found = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  return typeof found === 'string' ? found : 'unknown';
}
