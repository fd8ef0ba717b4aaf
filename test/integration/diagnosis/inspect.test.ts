import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { lookAtAwaits, type PendingAwait, takeHeapGraph } from '../../../src/diagnosis/inspect/awaits.ts';
import { converse } from '../../../src/diagnosis/inspect/conversation.ts';
import { fastqQueues } from '../../../src/diagnosis/inspect/fastq-queues.ts';
import { ownCode } from '../../../src/diagnosis/inspect/own-code.ts';
import {
  hasProc,
  readDescriptors,
  readSockets,
  readStatus,
  readThreads,
} from '../../../src/diagnosis/inspect/proc.ts';
import { type InspectedProcess, inspectProcess } from '../../../src/diagnosis/inspect/remote.ts';
import { stalledSinks } from '../../../src/diagnosis/inspect/stalled-sinks.ts';
import { stuckQueues } from '../../../src/diagnosis/inspect/stuck-queues.ts';
import { unsentLists } from '../../../src/diagnosis/inspect/unsent-lists.ts';

const program = fileURLToPath(new URL('inspected-program.process.mjs', import.meta.url));

const queues = fileURLToPath(new URL('queues.process.mjs', import.meta.url));

const ofFastq = fileURLToPath(new URL('fastq.process.mjs', import.meta.url));

const batches = fileURLToPath(new URL('batches.process.mjs', import.meta.url));

const sinks = fileURLToPath(new URL('sinks.process.mjs', import.meta.url));

const atExit = fileURLToPath(new URL('awaits-at-exit.process.mjs', import.meta.url));

const patience = { openMs: 15_000, answerMs: 15_000 };
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe.skipIf(!hasProc())('looking into a process that runs', () => {
  it('reaches every thread, a parked one too, and leaves no inspector behind', async () => {
    const pid = await start(program);
    const before = footprint(pid);
    const inspected = await inspectProcess(pid, patience);
    expect(inspected.wasOpen).toBe(false);
    expect(inspected.threads.map(({ name }) => name)).toEqual(['main', 'parked-one']);
    await expect(stackOf(inspected, 'parked-one')).resolves.toContain('Atomics.wait');
    expect(await inspected.close()).toBe(true);
    expect(footprint(pid)).toEqual(before);
  });

  it('can look again after it has left', async () => {
    const pid = await start(program);
    await (await inspectProcess(pid, patience)).close();
    const again = await inspectProcess(pid, patience);
    expect(again.wasOpen).toBe(false);
    expect(await again.close()).toBe(true);
  });

  it('finds the await that nobody settles, its line and its chain', async () => {
    const pid = await start(program);
    const inspected = await inspectProcess(pid, patience);
    const [main] = inspected.threads;
    if (main === undefined) throw new Error('no main thread');
    const graph = await converse(main, takeHeapGraph());
    const { awaits } = await converse(main, lookAtAwaits(graph));
    await inspected.close();
    const stuck = awaits.find(({ expression }) => expression === 'lock.acquire()');
    expect(stuck?.chain.map(({ function: name, line }) => `${name}:${line}`)).toEqual([
      'notify:14',
      'onTick:18',
    ]);
    expect(stuck?.holders).toEqual([{ kind: 'program', text: 'Lock.waiters' }]);
    expect(holdersAt(awaits, 'rest')).toEqual([{ kind: 'timer', text: 'Timeout' }]);
  });

  it('finds the list whose job before will never call back, and not the one whose job will', async () => {
    const inspected = await inspectProcess(await start(queues), patience);
    const [main] = inspected.threads;
    if (main === undefined) throw new Error('no main thread');
    const graph = await converse(main, takeHeapGraph());
    const awaits = await converse(main, lookAtAwaits(graph));
    await inspected.close();
    const found = stuckQueues(
      graph,
      awaits,
      ownCode(graph, (file) => readFileSync(file, 'utf8')),
      () => true,
    );
    expect(found.map(({ name, waiting, line }) => [name, waiting, line])).toEqual([['stuck', 1, 9]]);
  });

  it('finds the fastq whose worker has not called back, and neither one whose worker will nor a paused one', async () => {
    const inspected = await inspectProcess(await start(ofFastq), patience);
    const [main] = inspected.threads;
    if (main === undefined) throw new Error('no main thread');
    const graph = await converse(main, takeHeapGraph());
    const code = ownCode(graph, (file) => readFileSync(file, 'utf8'));
    const found = await converse(
      main,
      fastqQueues(graph, code, () => true),
    );
    await inspected.close();
    expect(found.map(({ function: name, waiting, line }) => [name, waiting, line])).toEqual([
      ['forget', 2, 4],
    ]);
  });

  it('finds the list that a timer’s function is still to send, and not one that it only shortens', async () => {
    const inspected = await inspectProcess(await start(batches), patience);
    const [main] = inspected.threads;
    if (main === undefined) throw new Error('no main thread');
    const graph = await converse(main, takeHeapGraph());
    await inspected.close();
    const found = unsentLists(
      graph,
      ownCode(graph, (file) => readFileSync(file, 'utf8')),
      (code) => code.includes('fetch('),
    );
    expect(found.map(({ name, waiting, line }) => [name, waiting, line])).toEqual([['entries', 2, 7]]);
  });

  it('finds the stream that never calls back for a chunk', async () => {
    const inspected = await inspectProcess(await start(sinks), patience);
    const [main] = inspected.threads;
    if (main === undefined) throw new Error('no main thread');
    const graph = await converse(main, takeHeapGraph());
    const code = ownCode(graph, (file) => readFileSync(file, 'utf8'));
    const found = await converse(
      main,
      stalledSinks(graph, code, () => true),
    );
    await inspected.close();
    expect(found.map(({ name, waiting, line }) => [name, waiting, line])).toEqual([['Writable', 2, 10]]);
  });

  it('sends no signal to a program that would be ended by it', async () => {
    const sleeper = spawn('sleep', ['60']);
    children.push(sleeper);
    await once(sleeper, 'spawn');
    await expect(inspectProcess(sleeper.pid ?? 0, patience)).rejects.toMatchObject({ reason: 'not-node' });
    expect(sleeper.exitCode).toBeNull();
    expect(sleeper.signalCode).toBeNull();
  });

  it('says that there is no such process', async () => {
    await expect(inspectProcess(2 ** 22 - 1, patience)).rejects.toMatchObject({ reason: 'gone' });
  });
});

describe('looking into the own process', () => {
  it('finds a pending await while the process ends', async () => {
    const child = spawn(process.execPath, [atExit], { stdio: ['ignore', 'pipe', 'ignore'], env: ownEnv() });
    const awaits: readonly PendingAwait[] = JSON.parse(await text(child.stdout));
    expect(awaits.map(({ chain }) => chain[0]?.function)).toContain('stuckHere');
    expect(holdersAt(awaits, 'stuckHere')).toEqual([{ kind: 'program', text: 'waiters' }]);
  });
});

describe.skipIf(!hasProc())('what the kernel says of a process', () => {
  it('names its threads, descriptors and signals', () => {
    expect(readThreads(process.pid).some(({ tid, name }) => tid === process.pid && name !== '')).toBe(true);
    expect(readDescriptors(process.pid)?.open).toBeGreaterThan(2);
    expect(readStatus(process.pid)).toMatchObject({ uid: process.getuid?.(), ignoresSigusr1: false });
  });

  it('lists a listening socket by its port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    expect(readSockets(process.pid)).toContainEqual(
      expect.objectContaining({ state: 'listening', local: `127.0.0.1:${port}` }),
    );
    server.close();
  });
});

async function start(file: string): Promise<number> {
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: ownEnv(),
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return child.pid ?? 0;
}

function footprint(pid: number) {
  return {
    threads: readThreads(pid).length,
    listening: readSockets(pid).filter(({ state }) => state === 'listening'),
    open: readDescriptors(pid)?.open,
  };
}

async function stackOf({ threads }: InspectedProcess, name: string): Promise<string> {
  const thread = threads.find((each) => each.name === name);
  const answer = await thread?.ask({
    method: 'Runtime.evaluate',
    params: { expression: 'new Error().stack', returnByValue: true },
  });
  return JSON.stringify(answer);
}

function holdersAt(awaits: readonly PendingAwait[], name: string) {
  return awaits.find(({ chain }) => chain[0]?.function === name)?.holders;
}

/** Without the options of the runner. */
function ownEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _runners, ...env } = process.env;
  return env;
}
