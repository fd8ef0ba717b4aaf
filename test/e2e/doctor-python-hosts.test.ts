import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { pythonOrNull } from './python.ts';

const cli = fileURLToPath(new URL('../../bin/timer-notify.js', import.meta.url));
const folder = fileURLToPath(new URL('../../fixtures/python/hosts/', import.meta.url));
const run = promisify(execFile);
const found = await pythonOrNull();
const python = found?.command ?? 'python3';

/** A program that runs other people's code, and a fault that can be put into what it runs. */
interface Host {
  readonly name: string;
  /** What it needs: commands, and packages of Python. */
  readonly commands: readonly string[];
  readonly packages: readonly string[];
  /** @param port that it is to listen on */
  command(port: number): readonly string[];
  /** Paths that are asked for one after the other, without waiting for a reply. */
  readonly fault: readonly string[];
  readonly verdict: string;
  readonly place: string;
  /** The signal by which it is ended as its users do. */
  readonly signal: NodeJS.Signals;
}

const gunicorn = (kind: string, ...more: string[]): Pick<Host, 'commands' | 'command' | 'signal'> => ({
  commands: ['gunicorn'],
  command: (port) => [
    ...['gunicorn', '--graceful-timeout', '10', '-b', `127.0.0.1:${port}`, '-k', kind],
    ...[...more, 'wsgi_app:application'],
  ],
  signal: 'SIGTERM',
});

const unanswered = { fault: ['/hang'], verdict: 'response-stalled', place: 'wsgi_app.py:21 (hang)' };
const blocked = { fault: ['/slow', '/block'], verdict: 'loop-blocked' };

const hosts: readonly Host[] = [
  { name: 'gunicorn sync', packages: ['requests'], ...gunicorn('sync'), ...unanswered },
  {
    name: 'gunicorn gthread',
    packages: ['requests'],
    ...gunicorn('gthread', '--threads', '4'),
    ...unanswered,
  },
  {
    name: 'gunicorn gevent',
    packages: ['requests', 'gevent'],
    ...gunicorn('gevent'),
    ...blocked,
    place: 'wsgi_app.py:29 (block)',
  },
  {
    name: 'uwsgi',
    packages: ['requests'],
    commands: ['uwsgi'],
    command: (port) => [
      ...['uwsgi', '--plugin', 'python3', '--enable-threads', '--die-on-term'],
      ...['--http-socket', `127.0.0.1:${port}`, '--wsgi-file', 'wsgi_app.py'],
    ],
    ...unanswered,
    signal: 'SIGTERM',
  },
  {
    name: 'uvicorn with FastAPI',
    packages: ['httpx', 'fastapi', 'uvicorn'],
    commands: [],
    command: (port) => [python, '-m', 'uvicorn', '--port', `${port}`, 'asgi_app:app'],
    ...blocked,
    place: 'asgi_app.py:29 (block)',
    signal: 'SIGTERM',
  },
  {
    name: 'Django’s runserver',
    packages: ['requests', 'django'],
    commands: [],
    command: (port) => [python, 'django_app.py', 'runserver', '--noreload', `127.0.0.1:${port}`],
    fault: ['/hang'],
    verdict: 'response-stalled',
    place: 'django_app.py:20 (hang)',
    signal: 'SIGINT',
  },
  {
    name: 'a Celery worker',
    packages: ['requests', 'celery', 'redis'],
    commands: ['celery', 'redis-server'],
    command: () => [
      ...['celery', '-A', 'celery_app', 'worker', '-c', '1', '-l', 'warning'],
      ...['--without-gossip', '--without-mingle', '--without-heartbeat'],
    ],
    fault: ['/hang'],
    verdict: 'response-stalled',
    place: 'celery_app.py:18 (hang)',
    signal: 'SIGTERM',
  },
];

function lacking({ commands, packages }: Host): readonly string[] {
  return [
    ...commands.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0),
    ...packages.filter((name) => spawnSync(python, ['-c', `import ${name}`]).status !== 0),
  ];
}

const hook = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/hang') return;
    const answer = () => response.end('{"ok": true}');
    if (request.url === '/slow') setTimeout(answer, 300);
    else answer();
  });
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  return port;
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await pause(50);
    } finally {
      socket.destroy();
    }
  }
}

interface Ran {
  readonly replies: readonly string[];
  /** What the host printed, whichever stream it took. */
  readonly lines: readonly string[];
  readonly status: number | null;
  readonly report: Report | null;
}

let redis: ChildProcess | null = null;
let env: NodeJS.ProcessEnv = process.env;

async function ask(host: Host, port: number, path: string): Promise<string> {
  if (host.commands.includes('celery')) {
    const code = `import celery_app; print(celery_app.${path.slice(1)}.delay().get(timeout=20))`;
    return (await run(python, ['-c', code], { cwd: folder, env })).stdout.trim();
  }
  await reachable(port);
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
}

async function start(
  host: Host,
  limit: string | null,
  use: (port: number) => Promise<string[]>,
): Promise<Ran> {
  const port = await freePort();
  const command = host.command(port);
  const watched = [process.execPath, cli, 'doctor', '--json', '--timeout', limit ?? '', '--', ...command];
  const [file = '', ...args] = limit === null ? command : watched;
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const replies = await use(port);
  const [stdout, stderr, [status]] = await ended;
  const said =
    limit === null ? `${stdout}${stderr}` : stderr.replace(/^the program (?:ended|was ended).*\n/m, '');
  const code = /^the program ended with exit code (\d+)/m.exec(stderr)?.[1];
  return {
    replies,
    lines: said
      .replace(/0x[0-9a-f]+|\d+/g, '#')
      .split('\n')
      // It is ended on this answer, perhaps before it has logged that it gave it.
      .filter((line) => !line.includes('GET /pid'))
      .sort(),
    status: limit === null ? status : Number(code),
    report: limit === null ? null : JSON.parse(stdout),
  };
}

/** Asked once, and ended as its users end it. */
function healthy(host: Host, limit: string | null): Promise<Ran> {
  return start(host, limit, async (port) => {
    const replies = [await ask(host, port, '/ok')];
    process.kill(Number(await ask(host, port, '/pid')), host.signal);
    return replies;
  });
}

/** Asked for what is wrong, until the doctor's own limit ends it. */
function faulty(host: Host): Promise<Ran> {
  return start(host, '12s', async (port) => {
    await ask(host, port, '/ok');
    for (const path of host.fault) {
      ask(host, port, path).catch(() => {});
      await pause(150);
    }
    return [];
  });
}

describe.skipIf(found === null)('a host of other people’s code under the doctor', () => {
  beforeAll(async () => {
    const [port, redisPort] = [await portOf(hook), await freePort()];
    env = {
      ...process.env,
      PATH: `/usr/bin:${process.env.PATH}`,
      PYTHONDONTWRITEBYTECODE: '1',
      HOOK: `http://127.0.0.1:${port}`,
      REDIS: `redis://127.0.0.1:${redisPort}/0`,
    };
    if (spawnSync('sh', ['-c', 'command -v redis-server']).status !== 0) return;
    redis = spawn('redis-server', ['--port', `${redisPort}`, '--save', ''], { stdio: 'ignore' });
    await reachable(redisPort);
  });

  afterAll(() => {
    hook.close();
    hook.closeAllConnections();
    redis?.kill();
  });

  it.concurrent.each(hosts)(
    '$name answers, prints and ends as it does alone, and its fault is named',
    async (host) => {
      const missing = lacking(host);
      if (missing.length > 0) {
        process.stderr.write(`skipped: ${host.name}: no ${missing.join(', ')}\n`);
        return;
      }
      const alone = await healthy(host, null);
      const watched = await healthy(host, '40s');
      expect({ ...watched, report: null }).toEqual(alone);
      expect(watched.report?.verdict).toBe('healthy');
      const { report } = await faulty(host);
      const [first] = report?.findings ?? [];
      expect(report?.verdict).toBe(host.verdict);
      expect([...(first?.evidence ?? []), ...(first?.stack ?? [])].join('\n')).toContain(host.place);
    },
    120_000,
  );
});
