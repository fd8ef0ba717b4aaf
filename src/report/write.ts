import { closeSync, existsSync, openSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { UsageError } from '../errors.ts';
import { errorCode, whyRefused } from '../file-error.ts';
import { makeFolder } from '../make-folder.ts';
import type { Report } from '../model/report.ts';
import { redact } from '../slack/redact.ts';

type Renderer = (report: Report) => string;

/** One renderer a format, loaded only when a file of that format is asked for. */
const renderers: Readonly<Record<string, () => Promise<Renderer>>> = {
  '.json': async () => (await import('./json.ts')).renderJson,
  '.md': async () => fromHere((await import('./markdown.ts')).renderMarkdown),
  '.xml': async () => fromHere((await import('./junit.ts')).renderJunit),
  '.html': async () => fromHere((await import('./html/page.ts')).renderHtml),
  '.prom': async () => (await import('./prometheus.ts')).renderPrometheus,
};

/** Evidence for a person names files as seen from the working directory; stacks are named by the renderers, with links. */
function fromHere(render: Renderer): Renderer {
  const short = (text: string) => text.replaceAll(`${process.cwd()}/`, '');
  return (report) =>
    render({
      ...report,
      findings: report.findings.map((finding) => ({
        ...finding,
        title: short(finding.title),
        evidence: finding.evidence.map(short),
        fix: short(finding.fix),
      })),
    });
}

/**
 * Checks, before anything runs, that every output can be written: a long run must not end in a file error.
 * @throws UsageError for an unknown format and for a path that can't be written.
 */
export function checkOutputs(files: readonly string[]): void {
  for (const file of files) {
    rendererFor(file);
    refuseUnwritable(file);
  }
}

/** Renders the report once a file, in the format its extension names; resolves to the files that can't be written. */
export async function writeOutputs(
  report: Report,
  files: readonly string[],
): Promise<ReadonlyMap<string, UsageError>> {
  const failed = new Map<string, UsageError>();
  for (const file of files) {
    const render = await rendererFor(file)();
    await writeText(file, render(report)).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      failed.set(file, error);
    });
  }
  return failed;
}

/** For a result that is no report, and so has one format only. */
export function checkJsonOutputs(files: readonly string[], what: string): void {
  for (const file of files) {
    if (extname(file).toLowerCase() !== '.json') {
      throw new UsageError(
        `cannot write ${file}`,
        `${what} is written as JSON only`,
        'name a file that ends in .json',
      );
    }
    refuseUnwritable(file);
  }
}

/** The same text to each of them; by file, why it could not be written. */
export async function writeTexts(
  text: string,
  files: readonly string[],
): Promise<ReadonlyMap<string, UsageError>> {
  const failed = new Map<string, UsageError>();
  for (const file of files) {
    await writeText(file, text).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      failed.set(file, error);
    });
  }
  return failed;
}

/** No secret leaves, and what stood there goes only once the whole text is written. */
export async function writeText(file: string, text: string): Promise<void> {
  const safe = redact(text);
  // Where a link leads.
  const target = existsSync(file) ? realpathSync(file) : file;
  const known = statSync(target, { throwIfNoEntry: false });
  try {
    if (known?.isFile() === false) await writeFile(target, safe);
    else await replaceFile(target, safe, known?.mode);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Where a file may be written and its folder not, as with one that is mounted by itself, there is no other way than in place. */
const refusedByFolder: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY']);

async function replaceFile(target: string, text: string, mode: number | undefined): Promise<void> {
  const draft = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, mode === undefined ? {} : { mode });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    if (mode === undefined || !refusedByFolder.has(errorCode(error))) throw error;
    await writeFile(target, text);
  }
}

function rendererFor(file: string): () => Promise<Renderer> {
  const load = renderers[extname(file).toLowerCase()];
  if (load !== undefined) return load;
  throw new UsageError(
    `cannot write ${file}`,
    'its extension names no report format',
    `use one of ${Object.keys(renderers).join(' ')}`,
  );
}

/**
 * Opening is the only honest check: permissions and read-only mounts show. Missing folders are made.
 * @throws UsageError where it can't be written.
 */
export function refuseUnwritable(file: string): void {
  const existed = existsSync(file);
  try {
    makeFolder(dirname(file));
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw unwritable(file, error);
  }
  if (!existed) unlinkSync(file);
}

const remedies: Readonly<Record<string, string>> = {
  ENOTDIR: 'name another path',
  EEXIST: 'name another path',
  EISDIR: 'name a file in it',
  EACCES: 'name a path that you may write',
  EPERM: 'name a path that you may write',
  EROFS: 'name a path that you may write',
  ENOSPC: 'make room or name another path',
};

export function unwritable(file: string, error: unknown): UsageError {
  const code = errorCode(error);
  const why = code === 'EEXIST' ? 'a part of its path is a file' : whyRefused(error);
  return new UsageError(`cannot write ${file}`, why, remedies[code] ?? 'name another path', { cause: error });
}
