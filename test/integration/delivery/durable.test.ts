import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { DeliveryHost } from '../../../dist/delivery/strategy.js';
import { type Emulator, type Session, startEmulator } from '../../../dist/emulator/emulator.js';
import { type Behaviour, openScriptedServer } from './scripted-server.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

function newJournal(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-durable-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

/** A process that sends `count` notifications, tells each one's hand-over, and then waits to be killed. */
function startProcess(baseUrl: string, journal: string, count: number): ChildProcess {
  return fork(new URL('./durable-process.mjs', import.meta.url), [baseUrl, journal, String(count)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function killWhen(child: ChildProcess, isTime: (message: string) => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (isTime(String(message))) resolve();
    });
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function arrivedIds(session: Session): Promise<string[]> {
  await session.flush();
  return session.arrivals.map(({ id }) => id ?? '');
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `n-${index}`).sort();

const posted: Behaviour = { kind: 'reply', status: 200, body: '{"ok":true,"channel":"C1","ts":"1.1"}' };

async function openHost(baseUrl: string, durable: string): Promise<DeliveryHost> {
  return (await loadStrategy('shared-pool')).open({
    target: { kind: 'bot', baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 10_000,
    connections: 2,
    queueLimit: 10,
    durable,
  });
}

describe('with a journal', () => {
  test('what a killed process had handed over is delivered by the next one', async () => {
    const silent = await emulator.open({ faults: [{ kind: 'hang', rate: 1 }] });
    const journal = newJournal();
    await killWhen(startProcess(silent.baseUrl, journal, 50), (message) => message === 'all handed over');
    const session = await emulator.open({});
    const next = startProcess(session.baseUrl, journal, 0);
    await killWhen(next, (message) => message === 'drained');
    expect((await arrivedIds(session)).sort()).toEqual(ids(50));
  });

  test('nothing is lost, whenever the process is killed', async () => {
    const session = await emulator.open({ faults: [{ kind: 'latency', ms: 5 }] });
    const journal = newJournal();
    for (const handedOver of [1, 7, 40]) {
      const told = new Set<string>();
      await killWhen(startProcess(session.baseUrl, journal, 100), (message) => {
        told.add(message);
        return told.size >= handedOver;
      });
      await killWhen(startProcess(session.baseUrl, journal, 0), (message) => message === 'drained');
      const arrived = new Set(await arrivedIds(session));
      for (const id of told) expect(arrived).toContain(id);
    }
  });

  test('what has been delivered is not sent again', async () => {
    const session = await emulator.open({});
    const journal = newJournal();
    await killWhen(startProcess(session.baseUrl, journal, 30), (message) => message === 'drained');
    await killWhen(startProcess(session.baseUrl, journal, 0), (message) => message === 'drained');
    expect((await arrivedIds(session)).sort()).toEqual(ids(30));
  });

  test('what a dead I/O thread had on the wire is sent again, marked, and told once', async () => {
    const server = await openScriptedServer({ kind: 'hang' }, posted);
    onTestFinished(() => server.close());
    const journal = newJournal();
    const workers: Worker[] = [];
    process.once('worker', (worker) => workers.push(worker));
    const host = await openHost(server.baseUrl, journal);
    const told = host.sender.send({ id: 'n-0', path: 'expiry', channel: 'C1', text: 'x' });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await workers[0]?.terminate();
    expect(await told).toMatchObject({ status: 'delivered', ts: '1.1' });
    await host.close();
    await (await openHost(server.baseUrl, journal)).close();
    const marks = server.requests.map((body) => JSON.parse(body).metadata.event_payload.possible_duplicate);
    expect(marks).toEqual([false, true]);
  });

  test.skipIf(process.platform !== 'linux')('a full disk is told at once, and nothing is sent', async () => {
    const session = await emulator.open({});
    const journal = newJournal();
    const host = await openHost(session.baseUrl, journal);
    onTestFinished(() => host.close());
    const { symlinkSync } = await import('node:fs');
    rmSync(journal);
    symlinkSync('/dev/full', journal);
    const outcome = await host.sender.send({ id: 'n-0', path: 'expiry', channel: 'C1', text: 'x' });
    expect(outcome).toMatchObject({ status: 'failed', code: 'not-durable', ambiguous: false });
    expect(await arrivedIds(session)).toEqual([]);
  });
});
