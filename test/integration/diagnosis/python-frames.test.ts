import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { pythonOrNull } from '../../e2e/python.ts';

const python = await pythonOrNull();
const probe = fileURLToPath(new URL('../../../src/diagnosis/python/probe/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vendored-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As `pip install --target` writes it. */
function install(name: string, files: readonly string[], notes: readonly string[] = []): void {
  const record = join(folder, `${name}-1.0.dist-info`);
  mkdirSync(record);
  writeFileSync(
    join(record, 'RECORD'),
    [...files, `${name}-1.0.dist-info/RECORD`].map((file) => `${file},,\n`).join(''),
  );
  for (const note of notes) writeFileSync(join(record, note), '{}');
}
install('requests', ['requests/__init__.py', 'requests/api.py']);
install('six', ['six.py']);
install('bot', ['bot/__init__.py'], ['direct_url.json']);

const question =
  'import sys; sys.path[:0] = sys.argv[2:]; from timer_notify_probe.frames import is_users; print(is_users(sys.argv[1]))';

function isUsers(file: string): boolean {
  const command = python?.command ?? '';
  const { stdout } = spawnSync(command, ['-I', '-c', question, join(folder, file), probe, folder], {
    encoding: 'utf8',
  });
  return stdout.trim() === 'True';
}

describe.skipIf(python === null)('whose code a file is, where packages lie beside the program', () => {
  it.each([
    ['app.py', true],
    ['notify/timer.py', true],
    ['requests/api.py', false],
    ['six.py', false],
    ['bot/main.py', true],
  ])('%s is the user’s: %s', (file, expected) => {
    expect(isUsers(file)).toBe(expected);
  });
});
