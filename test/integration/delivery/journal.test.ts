import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { Compaction } from '../../../dist/delivery/journal/compaction.js';
import { openJournal } from '../../../dist/delivery/journal/open-journal.js';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function unfinishedTickets(path: string): number[] {
  return openJournal(path).unfinished.map(({ ticket }) => ticket);
}

interface Told {
  readonly accepted: readonly number[];
  readonly ended: readonly number[];
  /** Null where the process was killed before its end. */
  readonly steps: number | null;
}

/** Runs a process that writes the journal, and kills it right before that step on the disk; 0 lets it run. */
async function runProcess(path: string, killAt: number): Promise<Told> {
  const file = new URL('./journal-process.mjs', import.meta.url);
  const child = spawn(process.execPath, [file.pathname, path, String(killAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  const numbers = (word: string) =>
    [...text.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(([, number]) => Number(number));
  return { accepted: numbers('accepted'), ended: numbers('ended'), steps: numbers('steps')[0] ?? null };
}

test('a process killed right before any of its steps on the disk loses nothing that it had promised', {
  // Two processes for each of them.
  timeout: 240_000,
}, async () => {
  const { steps } = await runProcess(join(newFolder(), 'journal'), 0);
  const wrong: unknown[] = [];
  const lane = async (from: number) => {
    for (let killAt = from; killAt <= Number(steps); killAt += 2) {
      const path = join(newFolder(), 'journal');
      const first = await runProcess(path, killAt);
      const second = await runProcess(path, Number(steps) - killAt + 1);
      const ended = [...first.ended, ...second.ended];
      const unfinished = unfinishedTickets(path);
      const expected = [...first.accepted, ...second.accepted].filter((ticket) => !ended.includes(ticket));
      const missing = expected.filter((ticket) => !unfinished.includes(ticket));
      if (missing.length > 0 || first.steps !== null) wrong.push({ killAt, first, second, unfinished });
    }
  };
  await Promise.all([lane(1), lane(2)]);
  expect(steps).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
});

test('threads that write while a journal is compacted lose nothing, and it stays small', async () => {
  const folder = newFolder();
  const path = join(folder, 'journal');
  const journal = openJournal(path);
  const workers = Array.from(
    { length: 3 },
    () =>
      new Worker(new URL('./journal.worker.mjs', import.meta.url), {
        workerData: { journal: journal.shared, count: 400 },
      }),
  );
  let running = workers.length;
  const open = Promise.all(
    workers.map(async (worker) => {
      const [tickets]: number[][] = await once(worker, 'message');
      running -= 1;
      return tickets ?? [];
    }),
  );
  const compaction = new Compaction(journal.shared);
  let runs = 0;
  while (running > 0) {
    await compaction.run();
    runs += 1;
  }
  await compaction.run();
  const expected = (await open).flat().sort((a, b) => a - b);
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(runs).toBeGreaterThan(1);
  expect(unfinishedTickets(path)).toEqual(expected);
  expect(bytes).toBeLessThan(10_000);
});
