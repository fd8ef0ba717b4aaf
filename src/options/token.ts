import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { whyRefused } from '../file-error.ts';
import { acceptToken } from '../slack/token.ts';
import type { Effective } from './settings.ts';

/** Where the token in effect is. */
export type TokenPlace =
  | { readonly kind: 'none' }
  | { readonly kind: 'variable'; readonly token: string; readonly where: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'file'; readonly file: string };

/** A token file named by flag wins over the environment's token; one named in a file does not. */
export function tokenPlace({ token, tokenFile }: Effective): TokenPlace {
  const { value: file, source } = tokenFile;
  if (source !== 'flag' && token.value !== null)
    return { kind: 'variable', token: token.value, where: token.where };
  if (file === null) return { kind: 'none' };
  return source === 'flag' && file === '-' ? { kind: 'stdin' } : { kind: 'file', file };
}

/** Null where there is none. @throws UsageError where it can't be read, or is no token to post with. */
export function tokenOf(settings: Effective): string | null {
  const place = tokenPlace(settings);
  switch (place.kind) {
    case 'none':
      return null;
    case 'variable':
      return place.token;
    case 'stdin':
      return readTokenFile(0, 'stdin');
    case 'file':
      return readTokenFile(place.file, place.file);
  }
}

/** @throws UsageError by the file's name as the user wrote it. */
export function readTokenFile(file: string | 0, name: string): string {
  return acceptToken(read(file, name), name);
}

function read(file: string | 0, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `cannot read the token file ${name}`,
      whyRefused(error),
      'check the path, or set SLACK_BOT_TOKEN',
      { cause: error },
    );
  }
}
