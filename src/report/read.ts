import { readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { toDotPath } from 'zod/v4/core';
import { UsageError } from '../errors.ts';
import { whyRefused } from '../file-error.ts';
import { isObject } from '../json-object.ts';
import type { Report } from '../model/report.ts';
import { reportKinds, reportSchema } from '../model/report.ts';
import { schemaVersion } from '../version.ts';

/**
 * Reads a stored report.
 * @throws UsageError when the file can't be read, is no report of timer-notify, or is of another schema version.
 */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, whyRefused(error), 'check the path');
  });
  const document = parseJson(file, text.replace(/^\uFEFF/, ''));
  refuseOthers(file, document);
  refuseOtherVersions(file, document);
  const problems: z.core.$ZodIssue[] = [];
  if (isReport(document, problems)) return document;
  throw unreadable(file, `it is not a report of timer-notify: ${firstOf(problems, document)}`, nameReport);
}

const nameReport = 'name a file written by --output report.json or --json';

/** Narrows the document itself, because a parsed copy would lack the fields that this version does not know. */
function isReport(document: unknown, problems: z.core.$ZodIssue[]): document is Report {
  const { success, error } = reportSchema.safeParse(document);
  problems.push(...(error?.issues ?? []));
  return success;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(file, ...whyNoJson(text.trim(), String(error)));
  }
}

function whyNoJson(text: string, said: string): readonly [why: string, remedy: string] {
  if (text === '') return ['it is empty', 'run again what was to write it'];
  if (said.includes('after JSON'))
    return ['it holds more than one JSON document', 'write each report to a file of its own'];
  if (text.startsWith('{') && !text.endsWith('}'))
    return ['it begins as JSON and is cut short', 'run again what was to write it'];
  return ['it is not JSON', nameReport];
}

/** What is well-formed and no report is called what it is. */
function refuseOthers(file: string, document: unknown): void {
  if (!isObject(document)) {
    const what = Array.isArray(document) ? 'a JSON array' : 'JSON, but not an object';
    const remedy = Array.isArray(document) ? 'write each report to a file of its own' : nameReport;
    throw unreadable(file, `it is not a report of timer-notify: it is ${what}`, remedy);
  }
  const { kind, error } = document;
  if (isObject(error) && typeof error.message === 'string')
    throw unreadable(
      file,
      `it is an error of timer-notify: ${error.message}`,
      'correct that and run it again',
    );
  if (typeof kind !== 'string' || reportKinds.some((known) => known === kind)) return;
  throw unreadable(
    file,
    `its kind is ${JSON.stringify(kind.slice(0, 40))}, which is not a report`,
    `name a report of ${reportKinds.slice(0, -1).join(', ')} or ${reportKinds.at(-1)}`,
  );
}

function refuseOtherVersions(file: string, document: unknown): void {
  const version = isObject(document) ? document.schemaVersion : undefined;
  if (typeof version !== 'number' || version === schemaVersion) return;
  throw unreadable(
    file,
    `its schemaVersion is ${version} and this version of timer-notify reads ${schemaVersion}`,
    'read it with the version that wrote it, or run it again',
  );
}

function firstOf([problem]: readonly z.core.$ZodIssue[], document: unknown): string {
  if (problem === undefined) return 'unknown';
  const { path, message } = problem;
  const found = path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );
  const name = toDotPath(path);
  return found === undefined ? `it has no ${name}` : `${name}: ${message.replace(/^Invalid input: /, '')}`;
}

function unreadable(file: string, why: string, remedy: string): UsageError {
  return new UsageError(`cannot read ${file}`, why, remedy);
}
