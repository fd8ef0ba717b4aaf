import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../dist/emulator/emulator.js';
import { startEmulator } from '../../dist/emulator/start-emulator.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'timer-notify-docs-'));

/** A bot whose notification arrives. */
const bot = `
  fetch(new URL('chat.postMessage', process.env.SLACK_API_URL), {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-test-token', 'content-type': 'application/json' },
    body: JSON.stringify({ channel: '#general', text: 'Timer expired' }),
  }).then((response) => response.text());
`;

let slack: Session;

beforeAll(async () => {
  slack = await (await startEmulator()).open({});
  for (const name of ['@slack/web-api', 'piscina']) link(join(root, 'node_modules', name), name);
  link(root, 'timer-notify');
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync(join(root, 'bin/timer-notify.js'), join(folder, 'node_modules/.bin/timer-notify'));
  write(
    'package.json',
    '{ "private": true, "type": "module", "scripts": { "test": "node --test bot.test.js" } }',
  );
  for (const name of ['app.js', 'server.js', 'bot.mjs']) write(name, bot);
  write('notify.mjs', blockWith('docs/getting-started.md', 'js', 'export async function send'));
  write('token', 'xoxb-test-token');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(target: string, name: string): void {
  const path = join(folder, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** The blocks of a page in one language, as printed. */
function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, body = '']) =>
    found === language ? [body] : [],
  );
}

function blockWith(page: string, language: string, words: string): string {
  const found = blocksOf(page, language).find((block) => block.includes(words));
  if (found === undefined) throw new Error(`${page} has no block with ${words}`);
  return found;
}

interface Run {
  readonly code: number | null;
  readonly output: string;
}

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: `${join(folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: folder,
      SLACK_API_URL: slack.baseUrl,
      SLACK_BOT_TOKEN: 'xoxb-test-token',
      npm_config_update_notifier: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, 'SIGKILL');
  });
  return child;
}

async function run(command: string, ...args: readonly string[]): Promise<Run> {
  const child = start(command, args);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, output };
}

async function arrivedDuring(act: () => Promise<Run>): Promise<{ run: Run; arrived: number }> {
  const before = slack.arrivals.length;
  const result = await act();
  await slack.flush();
  return { run: result, arrived: slack.arrivals.length - before };
}

const small = '--context worker --strategy shared-pool --duration 100ms --rounds 4 --warm-up 10ms';

/** What a page leaves to the reader, or what would take minutes: a token, a process id, the size of a benchmark. */
function filledIn(block: string): string {
  return block
    .replaceAll('SLACK_BOT_TOKEN=…', 'SLACK_BOT_TOKEN=xoxb-test-token')
    .replaceAll('SLACK_WEBHOOK_URL=…', `SLACK_WEBHOOK_URL=${slack.webhookUrl} SLACK_BOT_TOKEN=`)
    .replaceAll(/npx timer-notify bench\b/g, `npx timer-notify bench ${small}`)
    .replaceAll(' --duration 10s', '')
    .replaceAll('timer-notify send', 'timer-notify send --after 10ms')
    .replaceAll(/ \|\| \[ \$\? -eq 1 \]/g, '');
}

describe('a shell block', () => {
  it.each([
    ['docs/getting-started.md', 'repro --context worker,parked'],
    ['docs/getting-started.md', 'doctor -- node app.js'],
    ['docs/getting-started.md', 'doctor --handler'],
    ['docs/my-bot-hangs.md', 'doctor --follow'],
    ['docs/my-bot-hangs.md', 'timer-notify/watch'],
    ['docs/production.md', 'send --dry-run'],
    ['docs/production.md', 'doctor --follow --json'],
    ['docs/slack-web-api-in-piscina.md', 'repro --context piscina'],
    ['docs/bench.md', 'the default run'],
    ['docs/bench.md', '--shard "$i/4"'],
  ])('of %s with "%s" runs as printed', async (page, words) => {
    const { code, output } = await run('sh', '-c', filledIn(blockWith(page, 'sh', words)));
    // 1 is a finding or a slow machine; 2 and above a block that does not work.
    expect([0, 1], output).toContain(code);
    expect(output).not.toMatch(/^error: |not found$/m);
  });

  it('of docs/sending.md delivers where it says so', async () => {
    const block = filledIn(blockWith('docs/sending.md', 'sh', '--dry-run'));
    const { code, output } = await run('sh', '-c', block);
    expect([0, 1], output).toContain(code);
    expect(output).toMatch(/expiry delivered/);
    expect(output).not.toMatch(/^error: /m);
  });

  it('of README.md finds the cause in the program above it, in the words that are printed below it', async () => {
    mkdirSync(join(folder, 'first'), { recursive: true });
    write('first/package.json', '{ "private": true, "type": "commonjs" }');
    write('first/app.js', blockWith('README.md', 'js', 'Atomics.wait'));
    const [command = '', ...printed] = blockWith('README.md', 'text', 'doctor -- node app.js').split('\n');
    const { output } = await run('sh', '-c', `cd first && COLUMNS=100 ${command.slice('$ npx '.length)}`);
    const words = (text: string) =>
      text
        .replaceAll(/[\d.]+ (ms|s)\b/g, 'a time')
        .replaceAll(/\s+/g, ' ')
        .trim();
    const [shown, ...cut] = words(printed.join('\n')).split(' …');
    expect(words(output)).toContain(shown);
    // What follows is left out, and the sample says so.
    expect(cut).toEqual(['']);
    expect(words(output)).not.toMatch(/strategy shared-pool\)$/);
  });

  it('of docs/my-bot-hangs.md looks into a process that runs', async () => {
    write('hangs.js', 'setInterval(() => {}, 1000); console.log("up");');
    const child = start(process.execPath, ['hangs.js']);
    if (child.stdout !== null) await once(child.stdout, 'data');
    const block = blockWith('docs/my-bot-hangs.md', 'sh', '--pid 4711').replace('4711', String(child.pid));
    const { code, output } = await run('sh', '-c', block);
    expect([0, 1], output).toContain(code);
    expect(output).toContain(`Process ${child.pid}`);
  });
});

/** Main opens, a worker sends and ends: what each page prints of both, put together. */
const pairs = ['README.md', 'docs/api.md', 'docs/getting-started.md'].map(
  (page) =>
    [
      page,
      () => ({
        main: blockWith(page, 'js', '// main'),
        worker: blocksOf(page, 'js').find((block) => block.includes('await attachNotifier()')) ?? '',
      }),
    ] as const,
);

describe('a block of JavaScript', () => {
  it.each(pairs)('of %s delivers from a worker', async (_, blocks) => {
    const { main, worker } = blocks();
    write('worker.js', `${worker}\nconsole.log(outcome.status);`);
    write(
      'main.js',
      `import { Worker } from 'node:worker_threads';\n${main}
       await new Promise((resolve) => new Worker(new URL('./worker.js', import.meta.url)).on('exit', resolve));
       await notifier.close();`,
    );
    const { run: ran, arrived } = await arrivedDuring(() => run('node', 'main.js'));
    expect(ran).toEqual({ code: 0, output: 'delivered\n' });
    expect(arrived).toBe(1);
  });

  it('of docs/api.md hands the notifier to a worker', async () => {
    write(
      'attached.js',
      `import { workerData } from 'node:worker_threads';
       import { attachNotifier } from 'timer-notify';
       const notifier = await attachNotifier(workerData.notifier);
       await notifier.send({ channel: '#general', text: 'handed over' });`,
    );
    write(
      'main.js',
      `import { Worker } from 'node:worker_threads';
       ${blockWith('docs/api.md', 'js', '// main')}
       const file = new URL('./attached.js', import.meta.url);
       ${blockWith('docs/api.md', 'js', 'notifier.handle()').replace('new Worker', 'const worker = new Worker')}
       await new Promise((resolve) => worker.on('exit', resolve));
       await notifier.close();`,
    );
    const { run: ran, arrived } = await arrivedDuring(() => run('node', 'main.js'));
    expect(ran).toEqual({ code: 0, output: '' });
    expect(arrived).toBe(1);
  });

  it('of docs/api.md subscribes to alerts', async () => {
    write(
      'main.js',
      `import { createNotifier } from 'timer-notify';
       const log = console;
       ${blockWith('docs/api.md', 'js', 'timer-notify:alert')}
       await notifier.close();`,
    );
    expect(await run('node', 'main.js')).toEqual({ code: 0, output: '' });
  });

  it('of docs/production.md drains at SIGTERM', async () => {
    const block = blockWith('docs/production.md', 'js', 'SIGTERM').replace(
      '/var/lib/bot/journal',
      join(folder, 'journal'),
    );
    write(
      'main.js',
      `${block}
       notifier.send({ channel: '#general', text: 'before the end' });
       process.kill(process.pid, 'SIGTERM');`,
    );
    const { run: ran, arrived } = await arrivedDuring(() => run('node', 'main.js'));
    expect(ran).toEqual({ code: 0, output: '' });
    expect(arrived).toBe(1);
  });

  it('of docs/slack-web-api-in-piscina.md delivers from a task', async () => {
    const page = 'docs/slack-web-api-in-piscina.md';
    write('task.js', blockWith(page, 'js', 'attachNotifier'));
    write(
      'main.js',
      `import { Piscina } from 'piscina';
       ${blockWith(page, 'js', 'createNotifier')}
       const pool = new Piscina({ filename: new URL('./task.js', import.meta.url).href });
       const { status } = await pool.run({ channel: '#general', text: 'from a task' });
       console.log(status);
       await pool.destroy();
       await notifier.close();`,
    );
    const { run: ran, arrived } = await arrivedDuring(() => run('node', 'main.js'));
    expect(ran).toEqual({ code: 0, output: 'delivered\n' });
    expect(arrived).toBe(1);
  });

  it('of docs/testing-a-bot.md passes under serve, as its shell block says', async () => {
    const page = 'docs/testing-a-bot.md';
    write('bot.test.js', blockWith(page, 'js', 'node:test'));
    const { code, output } = await run('sh', '-c', blockWith(page, 'sh', 'serve -- npm test'));
    expect(code, output).toBe(0);
    expect(output).toContain('# pass 1');
  });
});
