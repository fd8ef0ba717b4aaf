import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realDisk } from '../../../../src/delivery/journal/disk.ts';
import { type JournalEntry, writeLine } from '../../../../src/delivery/journal/journal-line.ts';
import { JournalWriter } from '../../../../src/delivery/journal/journal-writer.ts';
import { openJournal } from '../../../../src/delivery/journal/open-journal.ts';
import { SenderJournal } from '../../../../src/delivery/journal/sender-journal.ts';
import { JournalState } from '../../../../src/delivery/journal/shared-journal.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

const accepted = (ticket: number, text = `message ${ticket}`): JournalEntry => ({
  kind: 'accepted',
  ticket,
  atMs: 1,
  notification: { id: `n-${ticket}`, path: 'expiry', channel: 'C1', text },
});
const ended = (ticket: number): JournalEntry => ({ kind: 'ended', ticket });

function ticketsIn(path: string): number[] {
  return openJournal(path).unfinished.map(({ ticket }) => ticket);
}

describe('a journal', () => {
  test('begins empty where there is no file', () => {
    expect(ticketsIn(newPath())).toEqual([]);
  });

  test('gives what was accepted and has not ended, in order', () => {
    const path = newPath();
    writeFileSync(path, [accepted(1), accepted(2), ended(1), accepted(3)].map(writeLine).join(''));
    expect(ticketsIn(path)).toEqual([2, 3]);
  });

  test('keeps only that', () => {
    const path = newPath();
    writeFileSync(path, [accepted(1), accepted(2), ended(1)].map(writeLine).join(''));
    ticketsIn(path);
    expect(readFileSync(path, 'utf8')).toBe(writeLine(accepted(2)));
  });

  test('gives every whole line, wherever the last one was cut, and calls that no damage', () => {
    const whole = [accepted(1, 'ü🎉\nlines'), accepted(2)].map(writeLine).join('');
    const last = writeLine(accepted(3));
    fc.assert(
      fc.property(fc.nat(last.length - 1), (cut) => {
        const path = newPath();
        writeFileSync(path, whole + last.slice(0, cut));
        const journal = openJournal(path);
        expect(journal.unfinished.map(({ ticket }) => ticket)).toEqual([1, 2]);
        expect(journal.damaged).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('gives every line but the altered one, and keeps the file as it was found', () => {
    const path = newPath();
    const found = [accepted(1), accepted(2), accepted(3)]
      .map(writeLine)
      .join('')
      .replace('message 2', 'message X');
    writeFileSync(path, found);
    const journal = openJournal(path);
    expect(journal.unfinished.map(({ ticket }) => ticket)).toEqual([1, 3]);
    expect(journal.damaged).toEqual([{ file: expect.any(String), lines: 1 }]);
    expect(readFileSync(journal.damaged[0]?.file ?? '', 'utf8')).toBe(found);
  });

  test('never gives a ticket anew, not even that of what has ended', () => {
    const path = newPath();
    writeFileSync(path, [accepted(7), accepted(41), ended(41)].map(writeLine).join(''));
    const journal = openJournal(path);
    expect(new JournalState(journal.shared.words).nextTicket()).toBe(42);
  });

  test('gives what is in any of its parts, and leaves one', () => {
    const path = newPath();
    writeFileSync(path, writeLine(accepted(1)) + writeLine(accepted(2)));
    writeFileSync(`${path}.part-2`, writeLine(accepted(3)) + writeLine(ended(1)));
    writeFileSync(`${path}.part-10`, writeLine(ended(2)) + writeLine(accepted(4)));
    expect(ticketsIn(path)).toEqual([3, 4]);
    expect(readdirSync(dirname(path))).toEqual(['journal']);
  });

  test('knows that something has ended, in whatever order the lines are', () => {
    const path = newPath();
    writeFileSync(path, [ended(1), accepted(1), accepted(2), accepted(1)].map(writeLine).join(''));
    expect(ticketsIn(path)).toEqual([2]);
  });
});

test('what is sent together shares one sync', () => {
  const { shared } = openJournal(newPath());
  let syncs = 0;
  const counting = {
    ...realDisk,
    sync: (fd: number) => {
      syncs += 1;
      realDisk.sync(fd);
    },
  };
  const journal = new SenderJournal(shared, counting);
  const notification = { id: 'n', path: 'expiry', channel: 'C1', text: 'x' } as const;
  const accepted = journal.acceptAll(Array.from({ length: 50 }, () => notification));
  journal.close();
  expect(accepted.filter(({ kind }) => kind === 'accepted')).toHaveLength(50);
  expect(syncs).toBe(1);
});

describe('a journal’s writer', () => {
  test('begins a new line after one that another thread could not finish', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    appendFileSync(path, writeLine(accepted(1)).slice(0, 20));
    const writer = new JournalWriter(shared);
    writer.writeDurably(writeLine(accepted(2)));
    writer.close();
    expect(ticketsIn(path)).toEqual([2]);
  });

  test('does not rely on a sync of somebody else that failed', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const broken = {
      ...realDisk,
      sync: () => {
        throw new Error('EIO');
      },
    };
    const state = new JournalState(shared.words);
    expect(() => new JournalWriter(shared, broken).writeDurably(writeLine(accepted(1)))).toThrow('EIO');
    expect(state.failed).toBe(1n);
    expect(state.synced).toBe(0n);
    new JournalWriter(shared).writeDurably(writeLine(accepted(2)));
    expect(state.synced).toBe(2n);
  });

  test('takes over the turn of a thread that was terminated in it', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const state = new JournalState(shared.words);
    state.takeLead(0n);
    new JournalWriter(shared).writeDurably(writeLine(accepted(1)));
    expect(state.synced).toBe(1n);
  });
});
