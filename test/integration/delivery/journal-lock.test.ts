import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockByName, lockJournal } from '../../../dist/delivery/journal/journal-lock.js';
import { lockAndOpenJournal } from '../../../dist/delivery/journal/open-journal.js';

const program = fileURLToPath(new URL('./journal-lock.mjs', import.meta.url));

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

interface Start {
  readonly path: string;
  readonly thenBlock?: boolean;
}

/** A process that asks for the lock, with what it tells. */
async function startProcess(start: Start, prefix: readonly string[] = []): Promise<[ChildProcess, string]> {
  const [command = '', ...rest] = [...prefix, process.execPath, program, JSON.stringify(start)];
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [told] = await once(child, 'message');
  return [child, String(told)];
}

async function kill(child: ChildProcess): Promise<void> {
  // Its channel closes with the process that asked, which may be a child of this one.
  const ended = child.connected ? once(child, 'disconnect') : null;
  child.kill('SIGKILL');
  await ended;
}

async function startThread(path: string): Promise<[Worker, string]> {
  const worker = new Worker(program, { workerData: { path } });
  onTestFinished(() => void worker.terminate());
  const [told] = await once(worker, 'message');
  return [worker, String(told)];
}

const ownPidNamespace = ['unshare', '--pid', '--fork', '--kill-child'];
const hasNamespaces = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

describe('the lock of a journal', () => {
  test('is refused within its own thread, and free once it was given back', async () => {
    const path = newPath();
    const release = await lockJournal(path);
    await expect(lockJournal(path)).rejects.toThrow(/is in use; process \d+ writes it/);
    release();
    expect(readdirSync(join(path, '..'))).toEqual([]);
    (await lockJournal(path))();
  });

  test('is refused with the name of its file', async () => {
    const path = newPath();
    onTestFinished(await lockJournal(path));
    const [lock = ''] = readdirSync(join(path, '..'));
    await expect(lockJournal(path)).rejects.toThrow(join(path, '..', lock));
  });

  test('is refused to another thread, and free once a thread that had it was terminated', async () => {
    const path = newPath();
    const [first, told] = await startThread(path);
    const [, toldSecond] = await startThread(path);
    expect(told).toBe('locked');
    expect(toldSecond).toContain('is in use');
    await first.terminate();
    (await lockJournal(path))();
  });

  test('is refused to another process, and free once the process that had it was killed', async () => {
    const path = newPath();
    const [child, told] = await startProcess({ path });
    expect(told).toBe('locked');
    await expect(lockJournal(path)).rejects.toThrow(`process ${child.pid} writes it`);
    await kill(child);
    (await lockJournal(path))();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('is refused while the loop of the process that has it is blocked, or the process stopped', async () => {
    const path = newPath();
    const [child] = await startProcess({ path, thenBlock: true });
    await expect(lockJournal(path)).rejects.toThrow('is in use');
    child.kill('SIGSTOP');
    await expect(lockJournal(path)).rejects.toThrow('is in use');
  });

  test.skipIf(!hasNamespaces)('is refused to a process that can’t see the one that has it', async () => {
    const path = newPath();
    const [outside] = await startProcess({ path });
    const [, refused] = await startProcess({ path }, ownPidNamespace);
    expect(refused).toContain('is in use');
    await kill(outside);
    const [inside, told] = await startProcess({ path }, ownPidNamespace);
    expect(told).toBe('locked');
    await expect(lockJournal(path)).rejects.toThrow('is in use');
    await kill(inside);
    (await lockJournal(path))();
  });

  test('that was left behind goes to exactly one of those that ask at once', {
    timeout: 120_000,
  }, async () => {
    const holders: number[] = [];
    for (let trial = 0; trial < 8; trial += 1) {
      const path = newPath();
      const [left] = await startProcess({ path });
      await kill(left);
      const started = await Promise.all(Array.from({ length: 4 }, () => startProcess({ path })));
      holders.push(started.filter(([, told]) => told === 'locked').length);
      for (const [child] of started) await kill(child);
    }
    expect(holders).toEqual(holders.map(() => 1));
  });

  test('is one for all names of a journal', async () => {
    const path = newPath();
    writeFileSync(path, '');
    symlinkSync(path, `${path}-link`);
    const { release } = await lockAndOpenJournal(`${path}-link`);
    onTestFinished(release);
    const refused = lockAndOpenJournal(path);
    await expect(refused).rejects.toThrow('is in use');
    await expect(refused).rejects.toMatchObject({ code: 'journal-in-use' });
  });

  test('takes no other file beside the journal for a lock', async () => {
    const path = newPath();
    writeFileSync(`${path}.lock-notes`, 'x');
    (await lockJournal(path))();
    expect(readdirSync(join(path, '..'))).toEqual(['journal.lock-notes']);
  });

  test.skipIf(process.platform !== 'linux')(
    'needs no file where the file system has no sockets',
    async () => {
      const path = newPath();
      const release = await lockByName(path);
      await expect(lockByName(path)).rejects.toThrow('is in use; another notifier writes it');
      release();
      (await lockByName(path))();
      expect(readdirSync(join(path, '..'))).toEqual([]);
    },
  );
});
