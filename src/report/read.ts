import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { whyRefused } from '../file-error.ts';
import type { Report } from '../model/report.ts';
import { reportSchema } from '../model/report.ts';
import { schemaVersion } from '../version.ts';

/**
 * Reads a stored report.
 * @throws UsageError when the file can't be read, is no report of timer-notify, or is of another schema version.
 */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable(file, whyRefused(error), 'check the path');
  });
  const document = parseJson(file, text);
  refuseOtherVersions(file, document);
  const problems: z.core.$ZodIssue[] = [];
  if (isReport(document, problems)) return document;
  throw unreadable(
    file,
    `it is no report of timer-notify: ${firstOf(problems)}`,
    'name a file written by --output or --json',
  );
}

/** Narrows the document itself, because a parsed copy would lack the fields that this version does not know. */
function isReport(document: unknown, problems: z.core.$ZodIssue[]): document is Report {
  const { success, error } = reportSchema.safeParse(document);
  problems.push(...(error?.issues ?? []));
  return success;
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw unreadable(file, 'it is not JSON', 'name a report written by --output report.json or --json');
  }
}

function refuseOtherVersions(file: string, document: unknown): void {
  const version =
    typeof document === 'object' && document !== null && 'schemaVersion' in document
      ? document.schemaVersion
      : undefined;
  if (typeof version !== 'number' || version === schemaVersion) return;
  throw unreadable(
    file,
    `its schemaVersion is ${version} and this version of timer-notify reads ${schemaVersion}`,
    'read it with the version that wrote it, or run it again',
  );
}

function firstOf([problem]: readonly z.core.$ZodIssue[]): string {
  if (problem === undefined) return 'unknown';
  return `${problem.path.length === 0 ? 'document' : z.core.toDotPath(problem.path)}: ${problem.message}`;
}

function unreadable(file: string, why: string, remedy: string): UsageError {
  return new UsageError(`cannot read ${file}`, why, remedy);
}
