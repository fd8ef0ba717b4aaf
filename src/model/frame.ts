import { relative } from 'node:path';

/** Whether a frame (`file:line…`) lies in an installed package. */
export function isInPackage(frame: string): boolean {
  return /(^|[/\\])(node_modules|site-packages|dist-packages)[/\\]/.test(frame);
}

/** Whether a frame lies in this package's library, whose `send()` settles by its own deadline as long as its loop runs. */
export function isInLibrary(frame: string): boolean {
  return /[/\\]node_modules[/\\]timer-notify[/\\]/.test(frame);
}

/** Whether a frame lies in a package, or in Node or Python itself. */
export function isForeign(frame: string): boolean {
  return isInPackage(frame) || /^node:|^<frozen |[/\\]lib[/\\]python3[^/\\]*[/\\]/.test(frame);
}

/** `file:line` of a frame. */
export function lineOf(frame: string): string {
  return /^.*:\d+(?=:\d+)/.exec(frame)?.[0] ?? frame;
}

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a frame (`file:line:column`, with a function's name behind it) points; no file where it says no place. */
export function positionOf(frame: string): Position {
  const [, file = '', line = '', column = ''] = /^(.*?):(\d+):(\d+)(?: \(|$)/.exec(frame) ?? [];
  return { file, line: Number(line), column: Number(column) };
}

/** The file of a frame, which is kept as it is where it says no place. */
export function fileOfFrame(frame: string): string {
  return frame.replace(/:\d+:\d+(?: \(.*)?$/, '');
}

/** The function of a frame (`Bot.moved`), as its stack has it; empty where it has none. */
export function functionOfFrame(frame: string): string {
  return /\((.*)\)$/.exec(frame)?.[1] ?? '';
}

/** The person's own lines before those of packages. */
export function ownFirst(stack: readonly string[]): readonly string[] {
  return [...stack.filter((frame) => !isForeign(frame)), ...stack.filter(isForeign)];
}

/** A frame as a person in this directory would name it. */
export function nameFrame(frame: string, directory: string): string {
  const [, file = '', rest = ''] = /^(?:file:\/\/)?(\/.+?)(:\d.*)?$/.exec(frame) ?? [];
  const path = file === '' ? '' : relative(directory, file);
  return path === '' || path.startsWith('..') ? frame : `${path}${rest}`;
}
