import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { reportSchema } from '../../src/model/report.ts';
import { timerNotify } from './cli.ts';

const program = `
import { createServer } from 'node:http';
import { createNotifier } from 'timer-notify';

const server = createServer((_request, response) => response.end('{"ok":false,"error":"channel_not_found"}'));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = \`http://127.0.0.1:\${server.address().port}/api/\`;
const notifier = await createNotifier({ token: 'xoxb-1', baseUrl, strategy: process.argv[2] });

async function remind() {
  await notifier.send({ channel: '#general', text: 'Timer expired' });
  await notifier.close();
  server.close();
}

setTimeout(remind, 10);
`;

it.each(['shared-pool', 'bridged', 'fetch-in-worker'])(
  'names the line that called send(), whichever thread of %s makes the request',
  async (strategy) => {
    const folder = mkdtempSync(join(tmpdir(), 'timer-notify-notifier-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(fileURLToPath(new URL('../../', import.meta.url)), join(folder, 'node_modules/timer-notify'));
    const file = join(folder, 'app.mjs');
    writeFileSync(file, program.trimStart());
    const { stdout } = await timerNotify('doctor', '--json', '--', process.execPath, file, strategy);
    const { verdict, findings } = reportSchema.parse(JSON.parse(stdout));
    expect(verdict).toBe('rejected-by-slack');
    expect(findings[0]?.stack[0]).toMatch(/app\.mjs:10:\d+ \(remind\)$/);
  },
);
