import { type ChildProcess, fork, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadStrategy } from '../../../dist/delivery/index.js';
import type { DeliveryHost } from '../../../dist/delivery/strategy.js';
import type { Emulator, Session } from '../../../dist/emulator/emulator.js';
import { startEmulator } from '../../../dist/emulator/start-emulator.js';
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

async function openHost(baseUrl: string, durable: string, queueLimit = 10): Promise<DeliveryHost> {
  return (await loadStrategy('shared-pool')).open({
    target: { kind: 'bot', baseUrl, token: 'xoxb-test-token' },
    deadlineMs: 10_000,
    connections: 2,
    queueLimit,
    durable,
  });
}

/** Tells of each notification that a start has sent again. */
function replays(): EventEmitter {
  const told = new EventEmitter();
  const listen = (event: unknown) => void told.emit('told', event);
  subscribe('timer-notify:replayed', listen);
  onTestFinished(() => void unsubscribe('timer-notify:replayed', listen));
  return told;
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
    const journal = newJournal();
    for (const handedOver of [1, 7, 40]) {
      const session = await emulator.open({ faults: [{ kind: 'latency', ms: 5 }] });
      const told = new Set<string>();
      await killWhen(startProcess(session.baseUrl, journal, 100), (message) => {
        if (message.startsWith('n-')) told.add(message);
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

  test('what could not be delivered after the restart either is kept for the next one', async () => {
    const journal = newJournal();
    const silent = await openScriptedServer({ kind: 'hang' });
    await killWhen(startProcess(silent.baseUrl, journal, 1), (message) => message === 'all handed over');
    await silent.close();
    const replayed = once(replays(), 'told');
    const host = await openHost(silent.baseUrl, journal);
    expect(await replayed).toMatchObject([{ notification: { id: 'n-0' }, outcome: { code: 'refused' } }]);
    await host.close();
    const session = await emulator.open({});
    await (await openHost(session.baseUrl, journal)).close();
    expect(await arrivedIds(session)).toEqual(['n-0']);
  });

  test('what Slack refuses for good after the restart ends there', async () => {
    const journal = newJournal();
    const silent = await emulator.open({ faults: [{ kind: 'hang', rate: 1 }] });
    await killWhen(startProcess(silent.baseUrl, journal, 1), (message) => message === 'all handed over');
    const refusing = await emulator.open({ faults: [{ kind: 'ok-false', code: 'is_archived', rate: 1 }] });
    const replayed = once(replays(), 'told');
    await (await openHost(refusing.baseUrl, journal)).close();
    expect(await replayed).toMatchObject([{ outcome: { code: 'is_archived' } }]);
    const session = await emulator.open({});
    await (await openHost(session.baseUrl, journal)).close();
    expect(await arrivedIds(session)).toEqual([]);
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

  test('what failed in a batch is sent again where the process was killed before the batch was told', async () => {
    const refusing: Behaviour = { kind: 'reply', status: 503, body: 'busy' };
    const server = await openScriptedServer(refusing, { kind: 'hang' });
    onTestFinished(() => server.close());
    const journal = newJournal();
    const child = startBatches({ baseUrl: server.baseUrl, journal, batches: 1, size: 2 });
    await tellsUntil(child, (told) => told.some(({ kind }) => kind === 'outcome'));
    await kill(child);
    const session = await emulator.open({});
    await (await openHost(session.baseUrl, journal)).close();
    expect((await arrivedIds(session)).sort()).toEqual(['0-0', '0-1']);
  });

  test('what failed in a batch is not sent again once the batch was told', async () => {
    const server = await openScriptedServer({ kind: 'reply', status: 503, body: 'busy' });
    onTestFinished(() => server.close());
    const journal = newJournal();
    const child = startBatches({ baseUrl: server.baseUrl, journal, batches: 1, size: 2 });
    await tellsUntil(child, (told) => told.some(({ kind }) => kind === 'batch'));
    await kill(child);
    const session = await emulator.open({});
    await (await openHost(session.baseUrl, journal)).close();
    expect(await arrivedIds(session)).toEqual([]);
  });

  test('a start says how many lines of it are damaged, and sends the others', async () => {
    const silent = await emulator.open({ faults: [{ kind: 'hang', rate: 1 }] });
    const journal = newJournal();
    await killWhen(startProcess(silent.baseUrl, journal, 4), (message) => message === 'all handed over');
    const lines = readFileSync(journal, 'utf8').split('\n');
    const damaged = lines.map((line) => line.replace('"id":"n-1"', '"id":"n-!"'));
    writeFileSync(journal, damaged.join('\n'));
    const session = await emulator.open({});
    const warned = once(process, 'warning');
    await (await openHost(session.baseUrl, journal)).close();
    const [{ message }] = await warned;
    expect(message).toContain(`the journal ${journal}: 1 line is damaged and was skipped`);
    expect((await arrivedIds(session)).sort()).toEqual(['n-0', 'n-2', 'n-3']);
  });

  test.skipIf(process.platform !== 'linux')(
    'what was refused because the disk is full is not sent, neither then nor at the next start',
    async () => {
      const silent = await emulator.open({ faults: [{ kind: 'hang', rate: 1 }] });
      const journal = newJournal();
      const batches = { baseUrl: silent.baseUrl, journal, batches: 6, size: 20 };
      // Files of more than 32 kB can't be written.
      const child = startBatches(batches, 'ulimit -f 32; exec "$0" "$@"');
      const told = await tellsUntil(child, (all) => all.some(({ kind }) => kind === 'handed over'));
      await kill(child);
      const refused = told.flatMap((one) => (one.outcome?.code === 'not-durable' ? [one] : []));
      const session = await emulator.open({});
      await (await openHost(session.baseUrl, journal, 1000)).close();
      const arrived = await arrivedIds(session);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.map(({ outcome }) => outcome?.ambiguous)).toEqual(refused.map(() => false));
      expect(arrived.length).toBe(120 - refused.length);
      expect(arrived.filter((id) => refused.some((one) => one.id === id))).toEqual([]);
    },
  );
});

interface Batches {
  readonly baseUrl: string;
  readonly journal: string;
  readonly batches: number;
  readonly size: number;
}

interface Told {
  readonly kind: 'outcome' | 'batch' | 'handed over';
  readonly id?: string;
  readonly outcome?: { readonly code?: string; readonly ambiguous?: boolean };
}

/** @param script a shell's, which runs the process */
function startBatches(batches: Batches, script = 'exec "$0" "$@"'): ChildProcess {
  const program = fileURLToPath(new URL('./durable-batch-process.mjs', import.meta.url));
  return spawn('bash', ['-c', script, process.execPath, program, JSON.stringify(batches)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function tellsUntil(
  child: ChildProcess,
  isTime: (told: readonly Told[]) => boolean,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  return new Promise((resolve) => {
    child.on('message', (message: Told) => {
      told.push(message);
      if (isTime(told)) resolve(told);
    });
  });
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}
