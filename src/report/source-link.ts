import { relative, resolve } from 'node:path';
import { nameFrame } from '../model/frame.ts';
import type { Report } from '../model/report.ts';

type Source = Report['source'];

/** A frame `file:line:column (function)` as a person names it, and where it can be read. */
export interface ShownFrame {
  /** Relative to the repository, where it lies in it. */
  readonly text: string;
  /** The line on the repository's page; null where none is known. */
  readonly url: string | null;
}

export function showFrame(frame: string, source: Source): ShownFrame {
  const [, file = '', line = '', rest = ''] = /^(?:file:\/\/)?((?!node:|<).+?):(\d+)(.*)$/.exec(frame) ?? [];
  if (file === '' || source === undefined) return { text: nameFrame(frame, process.cwd()), url: null };
  const path = relative(source.root, resolve(file));
  if (path.startsWith('..')) return { text: nameFrame(frame, process.cwd()), url: null };
  const url =
    source.page === null || path.includes('node_modules/')
      ? null
      : `${source.page}/blob/${source.commit}/${path.split('/').map(encodeURIComponent).join('/')}#L${line}`;
  return { text: `${path}:${line}${rest}`, url };
}

/** `timer-notify 0.1.0 watched node app.js at commit 1a2b3c4d` */
export function provenance({ watched, source }: Report): readonly string[] {
  return [
    ...(watched === undefined ? [] : [`watched ${watched.join(' ')}`]),
    ...(source === undefined ? [] : [`commit ${source.commit.slice(0, 12)}`]),
  ];
}
