import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
import { post } from './post.ts';

async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const outcome = await Promise.race([
    once(socket, 'connect').then(() => false),
    once(socket, 'error').then(() => true),
  ]).catch(() => true);
  socket.destroy();
  return outcome;
}

const emulatorModule = new URL('../../../dist/emulator/start-emulator.js', import.meta.url);
const parentSource = `
  import { startEmulator } from '${emulatorModule}';
  console.log((await startEmulator()).origin);
  setInterval(() => {}, 60_000);
`;

describe('the emulator’s process', () => {
  it('leaves no port when it is closed, and cuts what still waits', async () => {
    const emulator = await startEmulator();
    const session = await emulator.open({});
    await post(session.baseUrl);
    await emulator.close();
    expect(await refuses(Number(new URL(emulator.origin).port))).toBe(true);
    await expect(session.flush()).rejects.toThrow("the emulator's process has ended");
  });

  it('ends with its parent, even one that is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', parentSource]);
    const [line] = await once(parent.stdout, 'data');
    // The emulator shares its parent's stderr, which closes when both have ended.
    const bothEnded = once(parent.stderr.resume(), 'close');
    parent.kill('SIGKILL');
    await bothEnded;
    expect(await refuses(Number(new URL(String(line)).port))).toBe(true);
  });

  it.each([
    ['goes away in the middle of the body', 'POST @ HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"cha'],
    ['goes away in the middle of the headers', 'POST @ HTTP/1.1\r\nhos'],
    ['speaks no HTTP', '\u0016\u0003\u0001 hello'],
    ['asks for no path', 'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['asks for a broken path', 'GET //%%%?a=%ZZ HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['names a broken host', 'POST @ HTTP/1.1\r\nhost: [\r\ncontent-length: 0\r\n\r\n'],
    ['sends a broken chunk', 'POST @ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['sends huge headers', `POST @ HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`],
  ])('outlives a client that %s', async (_, bytes) => {
    const emulator = await startEmulator();
    const session = await emulator.open({});
    const socket = connect(Number(new URL(emulator.origin).port), '127.0.0.1');
    await once(socket, 'connect');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.resume().end(bytes.replace('@', new URL(`${session.baseUrl}chat.postMessage`).pathname));
    await closed;
    expect((await post(session.baseUrl)).status).toBe(200);
    await session.flush();
    expect(session.arrivals).toHaveLength(1);
    await emulator.close();
  });

  it('records 1000 messages posted at once, each once', async () => {
    const emulator = await startEmulator();
    const session = await emulator.open({});
    await Promise.all(
      Array.from({ length: 1000 }, (_, n) => {
        const payload = { id: `n${n}`, path: 'expiry', thread: 'main' };
        const metadata = { event_type: 'timer_notify', event_payload: payload };
        return post(session.baseUrl, { body: JSON.stringify({ channel: 'C1', text: 'hi', metadata }) });
      }),
    );
    await session.flush();
    expect(session.arrivals).toHaveLength(1000);
    expect(new Set(session.arrivals.map(({ id }) => id)).size).toBe(1000);
    expect(new Set(session.arrivals.map(({ connection }) => connection)).size).toBe(1000);
    await emulator.close();
  });
});
