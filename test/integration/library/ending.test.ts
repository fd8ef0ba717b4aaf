import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Behaviour, openScriptedServer, type ScriptedServer } from '../delivery/scripted-server.ts';

const delivered: Behaviour = {
  kind: 'reply',
  status: 200,
  body: JSON.stringify({ ok: true, channel: 'C1', ts: '1700000000.000100' }),
};
const limited: Behaviour = {
  kind: 'reply',
  status: 429,
  headers: { 'retry-after': '1' },
  body: JSON.stringify({ ok: false, error: 'ratelimited' }),
};

async function open(...behaviours: readonly Behaviour[]): Promise<ScriptedServer> {
  const server = await openScriptedServer(...behaviours);
  onTestFinished(() => server.close());
  return server;
}

function start({ baseUrl }: ScriptedServer, ...args: readonly string[]) {
  const child = fork(new URL('./ending-process.mjs', import.meta.url), [baseUrl, ...args], { silent: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Resolves to what it wrote to stderr. */
async function run(server: ScriptedServer, ...args: readonly string[]): Promise<string> {
  const child = start(server, ...args);
  const [stderr] = await Promise.all([child.stderr === null ? '' : text(child.stderr), once(child, 'exit')]);
  return stderr;
}

const idsAt = (server: ScriptedServer) =>
  new Set(server.requests.map((body) => JSON.parse(body).metadata.event_payload.id));

describe.each(['shared-pool', 'adaptive'])('%s', (strategy) => {
  test('delivers what main has sent, although main blocks in the next statement', async () => {
    const server = await open(delivered);
    start(server, strategy, 'block');
    await expect.poll(() => idsAt(server).size, { timeout: 20_000 }).toBe(50);
  });

  test('sends again after a 429, although main has exited meanwhile', async () => {
    const server = await open(limited, delivered);
    await run(server, strategy, 'exit-once');
    expect(server.requests).toHaveLength(2);
  });

  test.each(['exit-listener', 'exit-listener-then-exit'])(
    'delivers what an exit listener sends that was added later: %s',
    async (ending) => {
      const server = await open(delivered);
      expect(await run(server, strategy, ending)).toBe('');
      expect(idsAt(server).size).toBe(50);
    },
  );
});

test('what can’t be delivered before the process ends is said, within the deadline', async () => {
  const server = await open({ kind: 'hang' });
  const stderr = await run(server, 'shared-pool', 'exit-once', '500');
  expect(stderr).toMatch(/^timer-notify: 1 notification was not delivered when the process ended; /);
});
