import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { Compaction } from '../../../../src/delivery/journal/compaction.ts';
import { writeLine } from '../../../../src/delivery/journal/journal-line.ts';
import { JournalWriter } from '../../../../src/delivery/journal/journal-writer.ts';
import { openJournal } from '../../../../src/delivery/journal/open-journal.ts';
import { JournalState } from '../../../../src/delivery/journal/shared-journal.ts';
import { randomFrom } from '../../../random.ts';
import { PowerLossDisk } from './power-loss-disk.ts';

/** So small that a part is left behind every few records. */
const fullBytes = 600;

/** What a process knew of its notifications when the power went. */
class Known {
  /** Tickets that were on the disk when `send` returned. */
  readonly promised = new Set<number>();
  /** Tickets whose end was written, though perhaps not synced. */
  readonly ended = new Set<number>();
}

/** One process: sends, ends some of it, compacts; until the power goes. */
async function live(path: string, disk: PowerLossDisk, known: Known, choose: () => number): Promise<void> {
  const journal = openJournal(path, disk);
  const state = new JournalState(journal.shared.words);
  const writer = new JournalWriter(journal.shared, disk);
  const compaction = new Compaction(journal.shared, { disk, fullBytes });
  let compacting = Promise.resolve();
  for (let step = 0; step < 30; step += 1) {
    const ticket = state.nextTicket();
    const notification = { id: `n-${ticket}`, path: 'expiry', channel: 'C1', text: 'x' } as const;
    writer.writeDurably(writeLine({ kind: 'accepted', ticket, atMs: 1, notification }));
    known.promised.add(ticket);
    for (const open of known.promised) {
      if (choose() > 0.5 || known.ended.has(open)) continue;
      known.ended.add(open);
      writer.write(writeLine({ kind: 'ended', ticket: open }));
    }
    if (state.bytes >= fullBytes) {
      await compacting;
      compacting = compaction.run();
      compacting.catch(() => {});
    }
    if (choose() < 0.3) await compacting;
  }
  await compacting;
}

function unfinishedTickets(path: string, disk: PowerLossDisk): Set<number> {
  return new Set(openJournal(path, disk).unfinished.map(({ ticket }) => ticket));
}

test('wherever the power goes, in a run or in the start after it, no promised notification is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-power-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'journal');
  let losses = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(260), fc.nat(40), fc.nat(2 ** 30), async (steps, stepsOfStart, seed) => {
      const choose = randomFrom(seed);
      const known = new Known();
      const first = new PowerLossDisk(steps);
      await live(path, first, known, choose).catch(() => {});
      if (!first.hasPower) losses += 1;
      const second = first.afterPowerLoss(stepsOfStart, choose);
      try {
        unfinishedTickets(path, second);
      } catch {
        // The power went again.
      }
      const last = second.afterPowerLoss(Number.POSITIVE_INFINITY, choose);
      const unfinished = unfinishedTickets(path, last);
      const missing = [...known.promised].filter(
        (ticket) => !known.ended.has(ticket) && !unfinished.has(ticket),
      );
      expect(missing).toEqual([]);
    }),
    { numRuns: 400, seed: 1 },
  );
  expect(losses).toBeGreaterThan(200);
});

test('a journal stays small however long it is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-power-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const disk = new PowerLossDisk(Number.POSITIVE_INFINITY);
  const path = join(folder, 'journal');
  const known = new Known();
  for (let run = 0; run < 5; run += 1) await live(path, disk, known, () => 0);
  expect(known.ended.size).toBe(150);
  expect(disk.bytes).toBeLessThan(4 * fullBytes);
});
