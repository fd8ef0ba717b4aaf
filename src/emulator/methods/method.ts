import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../json-object.ts';
import type { ArgumentValues } from '../arguments.ts';
import type { Effect, ErrorDetails } from '../response-builders.ts';
import type { Workspace } from '../workspace.ts';

export interface MethodInput {
  readonly workspace: Workspace;
  readonly values: ArgumentValues;
  readonly encoding: 'form' | 'json' | 'none';
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
}

export type MethodResult =
  | { readonly fields: JsonObject; readonly warnings?: readonly string[]; readonly effect?: Effect }
  | { readonly error: string; readonly details?: ErrorDetails };

/** One method of the Web API, after its token was accepted. */
export type Method = (input: MethodInput) => MethodResult;

export const invalidArguments = (message: string): MethodResult => ({
  error: 'invalid_arguments',
  details: { messages: [`[ERROR] ${message}`] },
});

/** A text argument; numbers come from forms and JSON alike, anything else is as good as absent. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function flagOf(value: unknown): boolean {
  return value === true || value === 1 || value === 'true' || value === '1';
}

/** A list as JSON, as a JSON string from a form, or comma-separated. */
export function namesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return textOf(value)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** JSON that a form carries as text; undefined where it is none. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

export function newId(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string;
}

/** The part of a list that `cursor` and `limit` ask for; null where the cursor is none of ours. */
export function pageOf<Item>(all: readonly Item[], values: ArgumentValues, usual = 100): Page<Item> | null {
  const cursor = textOf(values.cursor);
  const start =
    cursor === ''
      ? 0
      : Number(
          Buffer.from(cursor, 'base64')
            .toString()
            .replace(/^from:/, ''),
        );
  if (!Number.isInteger(start) || start < 0) return null;
  const limit = Math.min(Math.max(Math.trunc(Number(textOf(values.limit))) || usual, 1), 1000);
  const end = start + limit;
  const nextCursor = end < all.length ? Buffer.from(`from:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), nextCursor };
}
