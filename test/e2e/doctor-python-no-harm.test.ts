import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonOrNull } from './python.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const folder = fileURLToPath(new URL('../../fixtures/python/no-harm/', import.meta.url));
const python = await pythonOrNull();
const command = python?.command ?? 'python3';

interface Program {
  readonly file: string;
  readonly needs: readonly string[];
}

const programs: readonly Program[] = readdirSync(folder)
  .filter((file) => file.endsWith('.py'))
  .map((file) => ({
    file,
    needs: (/^# needs: (.+)$/m.exec(readFileSync(`${folder}${file}`, 'utf8'))?.[1] ?? '')
      .split(' ')
      .filter(Boolean),
  }));

function lacks({ needs }: Program): readonly string[] {
  return needs.filter((name) => spawnSync(command, ['-c', `import ${name}`]).status !== 0);
}

const server = createServer((request, response) => {
  request.resume().on('end', () => response.end('{"ok": true}'));
});
let url = '';

interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

async function run(file: string, args: readonly string[]): Promise<Said> {
  // Sets are printed in the same order each time.
  const env = { ...process.env, PYTHONHASHSEED: '0' };
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout: plain(stdout), stderr: plain(stderr), status };
}

/** Without addresses of objects, which differ from run to run. */
function plain(said: string): string {
  return said.replace(/0x[0-9a-f]+/g, '0x…');
}

describe.skipIf(python === null)('a Python program under the doctor', () => {
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address: AddressInfo | string | null = server.address();
    url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/` : '';
  });

  afterAll(() => server.close());

  it.each(programs)(
    '$file prints and ends as it does alone',
    async (program) => {
      const missing = lacks(program);
      if (missing.length > 0) {
        process.stderr.write(`skipped: ${program.file}: ${command} has no ${missing.join(', ')}\n`);
        return;
      }
      const alone = await run(command, [`${folder}${program.file}`, url]);
      const limits = ['--timeout', '25s', '--json'];
      const watched = await run(process.execPath, [
        cli,
        'doctor',
        ...limits,
        '--',
        command,
        `${folder}${program.file}`,
        url,
      ]);
      const [said, ending] = watched.stderr.split(/(the program .*)\n?$/);
      const lines = said?.split('\n') ?? [];
      expect(lines.toSorted()).toEqual(`${alone.stdout}${alone.stderr}`.split('\n').sort());
      const errors = alone.stderr.split('\n');
      const printed = alone.stdout.split('\n').filter((line) => !errors.includes(line));
      expect(lines.filter((line) => printed.includes(line))).toEqual(printed);
      expect(ending).toBe(`the program ended with exit code ${alone.status}`);
    },
    60_000,
  );
});
