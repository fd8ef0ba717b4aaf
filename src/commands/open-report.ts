import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommonOptions } from './command.ts';

/** The files to write: with `--open` one of them is an HTML page. */
export function withPage(options: CommonOptions): readonly string[] {
  const files = options.output ?? [];
  if (options.open !== true || pageOf(files) !== undefined) return files;
  return [...files, join(mkdtempSync(join(tmpdir(), 'timer-notify-')), 'report.html')];
}

/** Hands the page to whatever opens pages here; says where it lies when nothing does. */
export async function openPage(files: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  const page = pageOf(files);
  if (page === undefined) return null;
  const [command, ...args] = openerOf(env, page);
  const opened = await new Promise<boolean>((resolve) => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
  return opened ? null : `could not open ${page}: there is no ${command}; open it yourself`;
}

function pageOf(files: readonly string[]): string | undefined {
  return files.find((file) => /\.html$/i.test(file));
}

function openerOf({ BROWSER }: NodeJS.ProcessEnv, page: string): readonly [string, ...string[]] {
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER, page];
  if (process.platform === 'darwin') return ['open', page];
  return process.platform === 'win32' ? ['explorer', page] : ['xdg-open', page];
}
