import { isObject } from './wrap.cjs';

export interface BrokenFile {
  /** The frame at which it can't be read; empty where the error does not say. */
  readonly brokenAt: string;
  /** The file from which this thread began to load. */
  readonly entry: string;
}

/** Of a file that could not be loaded, since its code can't be read; null for any other error. */
export function brokenFile(error: unknown): BrokenFile | null {
  if (!isObject(error) || Reflect.get(error, 'name') !== 'SyntaxError') return null;
  const stack: unknown = Reflect.get(error, 'stack');
  if (typeof stack !== 'string') return null;
  const brokenAt = placeBefore(stack);
  return brokenAt === '' && !isOfLoader(stack) ? null : { brokenAt, entry: process.argv[1] ?? '' };
}

/** Node compiled or linked a module when it came upon it: JSON.parse() and the like read texts, and no files. */
function isOfLoader(stack: string): boolean {
  const [first = ''] = /^\s+at .*$/m.exec(stack) ?? [];
  return first.includes('node:internal/modules/');
}

/** Node writes `file:line`, that line and a mark below it before the error itself. */
function placeBefore(stack: string): string {
  const [, file, line, mark] = /^(file:\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+)\n.*\n(\s*)\^/.exec(stack) ?? [];
  if (file === undefined || line === undefined) return '';
  return `${file.startsWith('file:') ? decodeURIComponent(new URL(file).pathname) : file}:${line}:${(mark ?? '').length + 1}`;
}
