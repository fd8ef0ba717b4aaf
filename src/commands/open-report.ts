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
export async function openPage(page: string | undefined, env: NodeJS.ProcessEnv): Promise<string | null> {
  if (page === undefined) return null;
  const [command, ...args] = openerOf(env, page);
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  child.unref();
  const why = await new Promise<string | null>((resolve) => {
    const patience = setTimeout(resolve, longestRefusalMs, null);
    const settle = (problem: string | null) => {
      clearTimeout(patience);
      resolve(problem);
    };
    child.once('error', () => settle(`there is no ${command}`));
    child.once('exit', (code) => settle(code === 0 ? null : `${command} ended with exit code ${code}`));
  });
  return why === null ? null : `could not open ${page}: ${why}; open it yourself`;
}

/** What can open nothing says so at once; a browser may run on for hours. */
const longestRefusalMs = 1000;

export function pageOf(files: readonly string[]): string | undefined {
  return files.find((file) => /\.html$/i.test(file));
}

function openerOf({ BROWSER }: NodeJS.ProcessEnv, page: string): readonly [string, ...string[]] {
  if (BROWSER !== undefined && BROWSER !== '') return [BROWSER, page];
  if (process.platform === 'darwin') return ['open', page];
  return process.platform === 'win32' ? ['explorer', page] : ['xdg-open', page];
}
