import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startTimerNotify } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'side-documents-'));
afterAll(() => rmSync(folder, { recursive: true }));

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** As the page writes it: `{ kind: "send", config: [{ key, value, where }], ok }`. */
function fieldsSaidOf(command: string): readonly string[] {
  const row = page.split('\n').find((line) => line.startsWith(`| \`${command}\``)) ?? '';
  const document = /`(\{ .*? \})`/.exec(row.slice(command.length + 5))?.[1] ?? '';
  const flat = document.slice(2, -2).replace(/\[\{.*?\}\]|\{.*?\}/g, '');
  return flat.split(', ').map((part) => part.replace(/:.*/, ''));
}

describe('the JSON that is no report', () => {
  it.each([
    ['doctor --list', []],
    ['explain <cause>', ['loop-parked']],
    ['send --dry-run', []],
    ['send --print-config', []],
  ] as const)('of %s has the fields that the docs say', async (command, more) => {
    const args = [...command.replace(' <cause>', '').split(' '), ...more, '--json'];
    const { stdout } = await startTimerNotify(args, { cwd: folder }).ended;
    const { schemaVersion, ...document } = JSON.parse(stdout);
    expect(schemaVersion).toBe(1);
    expect(Object.keys(document)).toEqual(fieldsSaidOf(command));
  });
});

describe('serve with a file that can’t be written', () => {
  it.each([
    [7, 7],
    [0, 2],
  ])('ends with the command’s exit code %i as %i', async (code, ended) => {
    const full = join(folder, `full-${code}.json`);
    symlinkSync('/dev/full', full);
    const run = await startTimerNotify([
      'serve',
      '-o',
      full,
      '--',
      process.execPath,
      '-e',
      `process.exit(${code})`,
    ]).ended;
    expect(run.code).toBe(ended);
    expect(run.stderr).toContain(`cannot write ${full}`);
  });
});

describe('report of what send stored', () => {
  it('prints what send printed', async () => {
    const file = join(folder, 'send.json');
    const sent = await startTimerNotify(['send', '--after', '10ms', '-o', file], { cwd: folder }).ended;
    const shown = await startTimerNotify(['report', file], { cwd: folder }).ended;
    expect(shown.stdout).toBe(sent.stdout);
    expect(shown.stdout).toContain('expiry delivered');
  });
});
