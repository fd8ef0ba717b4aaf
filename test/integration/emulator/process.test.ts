import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startEmulator } from '../../../dist/emulator/emulator.js';
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

const emulatorModule = new URL('../../../dist/emulator/emulator.js', import.meta.url);
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
