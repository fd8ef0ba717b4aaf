import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Report, reportSchema } from '../../src/model/report.ts';
import { timerNotify } from './cli.ts';
import { pythonOrNull } from './python.ts';

const python = await pythonOrNull();

/** The first finding on a program of these files, of which the first is run. */
async function finding(
  files: Readonly<Record<string, string>>,
  runtime = process.execPath,
): Promise<Report['findings'][number] | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-not-loaded-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const [main = ''] = Object.keys(files);
  const { stdout } = await timerNotify('doctor', '--json', '--', runtime, join(folder, main));
  return reportSchema.parse(JSON.parse(stdout)).findings[0];
}

const broken = 'export const tone = ;\n';

it.each([
  ['the main file', { 'app.mjs': broken }, 'app.mjs', 'app.mjs:1:21'],
  [
    'an imported module',
    { 'app.mjs': "import './tone.mjs';\n", 'tone.mjs': broken },
    'tone.mjs',
    'tone.mjs:1:21',
  ],
  [
    'a required file',
    { 'app.cjs': "require('./lib/tone.cjs');\n", 'lib/tone.cjs': 'const tone = ;\n' },
    'tone.cjs',
    'lib/tone.cjs:1:14',
  ],
  [
    'a worker’s file',
    {
      'app.mjs':
        "import { Worker } from 'node:worker_threads';\nnew Worker(new URL('./tone.mjs', import.meta.url)).on('error', () => {});\n",
      'tone.mjs': broken,
    },
    'tone.mjs',
    'tone.mjs:1:21',
  ],
])('names the syntax error of %s, and where it is', async (_what, files, name, place) => {
  const found = await finding(files);
  expect(found?.title).toBe(`A syntax error kept ${name} from being loaded`);
  expect(found?.stack[0]).toMatch(new RegExp(`/${place}$`));
});

it('names who imports a module that is not there', async () => {
  const found = await finding({
    'app.mjs': "import './lib/ring.mjs';\n",
    'lib/ring.mjs': "\nimport 'bells-of-nobody';\n",
  });
  expect(found?.title).toBe("Module 'bells-of-nobody' was not found, which ring.mjs loads");
  expect(found?.stack[0]).toMatch(/lib\/ring\.mjs:2:8$/);
});

it('calls a text that is no JSON no file', async () => {
  const found = await finding({ 'app.mjs': "JSON.parse('{x');\n" });
  expect(found?.title).toBe('A promise was rejected with SyntaxError and nobody handled it');
  expect(found?.stack[0]).toMatch(/app\.mjs:1:6$/);
});

it.skipIf(python === null)('does so of a Python program', async () => {
  const command = python?.command ?? '';
  const [syntax, missing] = [
    await finding({ 'app.py': 'import tone\n', 'tone.py': 'def ring(:\n' }, command),
    await finding({ 'app.py': 'import bells_of_nobody\n' }, command),
  ];
  expect(syntax?.title).toBe('A syntax error kept tone.py from being loaded');
  expect(syntax?.stack[0]).toMatch(/\/tone\.py:1$/);
  expect(missing?.title).toBe("Module 'bells_of_nobody' was not found, which app.py loads");
});
