import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../json-object.ts';
import { readMultipart } from './multipart.ts';

export type ArgumentValues = Readonly<Record<string, unknown>>;

/** The arguments of a call, or the error that Slack gives for their encoding. */
export type Arguments =
  | {
      readonly values: ArgumentValues;
      readonly encoding: 'form' | 'json' | 'none';
      readonly warnings: readonly string[];
    }
  | { readonly error: string };

export interface RawCall {
  readonly headers: IncomingHttpHeaders;
  /** Without the question mark. */
  readonly query: string;
  readonly body: Buffer;
}

/** Only a multipart body takes an iteration of the loop. */
export function readArguments(call: RawCall): Arguments | Promise<Arguments> {
  const header = call.headers['content-type'] ?? '';
  // What timer-notify itself sends.
  if (header === 'application/json; charset=utf-8') return fromJson(call, 'utf8', []);
  const type = mediaTypeOf(header);
  const charset = /;\s*charset="?([^";]+)"?/i.exec(header)?.[1]?.toLowerCase();
  if (charset !== undefined && !knownCharsets.has(charset)) return { error: 'invalid_charset' };
  const encoding = charset === 'iso-8859-1' ? 'latin1' : 'utf8';
  switch (type) {
    case 'application/json':
      return fromJson(call, encoding, charset === undefined ? ['missing_charset'] : []);
    case 'application/x-www-form-urlencoded':
      return fromForm(call, encoding, charset === undefined ? [] : ['superfluous_charset']);
    case 'multipart/form-data':
      return fromMultipart(call, header);
    case 'text/plain':
      return { values: fromQuery(call), encoding: 'none', warnings: [] };
    case '':
      if (call.body.length > 0) return { error: 'missing_post_type' };
      return { values: fromQuery(call), encoding: 'none', warnings: [] };
    default:
      return { error: 'invalid_post_type' };
  }
}

const knownCharsets = new Set(['utf-8', 'utf8', 'iso-8859-1']);

function mediaTypeOf(header: string): string {
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

function fromQuery({ query }: RawCall): Record<string, unknown> {
  if (query === '') return {};
  const values = Object.fromEntries(new URLSearchParams(query));
  // Slack takes no token from a query string since 2021.
  delete values.token;
  return values;
}

function fromJson(call: RawCall, encoding: BufferEncoding, warnings: readonly string[]): Arguments {
  if (call.body.length === 0) return { values: fromQuery(call), encoding: 'json', warnings };
  let values: unknown;
  try {
    values = JSON.parse(call.body.toString(encoding));
  } catch {
    return { error: 'invalid_json' };
  }
  if (!isObject(values)) return { error: 'json_not_object' };
  return {
    values: call.query === '' ? values : { ...fromQuery(call), ...values },
    encoding: 'json',
    warnings,
  };
}

function fromForm(call: RawCall, encoding: BufferEncoding, warnings: readonly string[]): Arguments {
  const text = call.body.toString(encoding);
  return {
    values: { ...fromQuery(call), ...Object.fromEntries(new URLSearchParams(text)) },
    encoding: 'form',
    warnings,
  };
}

async function fromMultipart(call: RawCall, contentType: string): Promise<Arguments> {
  const form = await readMultipart(call.body, contentType);
  if (form === null) return { error: 'invalid_form_data' };
  const fields = [...form].filter(([, value]) => typeof value === 'string');
  return { values: { ...fromQuery(call), ...Object.fromEntries(fields) }, encoding: 'form', warnings: [] };
}
