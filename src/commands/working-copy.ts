import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Report } from '../model/report.ts';

const run = promisify(execFile);

/** The git commit that a run was made at, and the repository's page; undefined outside of a repository, or without git. */
export async function workingCopy(): Promise<Report['source']> {
  const [commit, root, remote] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('rev-parse', '--show-toplevel'),
    git('remote', 'get-url', 'origin'),
  ]);
  return commit === null || root === null ? undefined : { commit, root, page: pageOf(remote) };
}

async function git(...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run('git', [...args], { timeout: 2000 });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** `git@github.com:owner/name.git` and its like; only of hosts whose pages name a line as GitHub's do. */
function pageOf(remote: string | null): string | null {
  const [, path] = /github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remote ?? '') ?? [];
  return path === undefined ? null : `https://github.com/${path}`;
}
