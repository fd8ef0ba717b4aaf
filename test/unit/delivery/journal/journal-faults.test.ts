import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Disk, realDisk } from '../../../../src/delivery/journal/disk.ts';
import { JournalEndings } from '../../../../src/delivery/journal/journal-endings.ts';
import { writeLine, writeTogether } from '../../../../src/delivery/journal/journal-line.ts';
import { lockAndOpenJournal, openJournal } from '../../../../src/delivery/journal/open-journal.ts';
import { SenderJournal } from '../../../../src/delivery/journal/sender-journal.ts';
import type { SharedJournal } from '../../../../src/delivery/journal/shared-journal.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'timer-notify-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

const notification = (id: string) => ({ id, path: 'expiry', channel: 'C1', text: `message ${id}` }) as const;
const notifications = (count: number) =>
  Array.from({ length: count }, (_, index) => notification(`n-${index}`));

function idsLeftIn(path: string): string[] {
  return openJournal(path).unfinished.map((one) => one.notification.id);
}

function senderOf(shared: SharedJournal, disk?: Disk): SenderJournal {
  const journal = new SenderJournal(shared, disk);
  onTestFinished(() => journal.close());
  return journal;
}

describe('on a disk that is full', () => {
  /** Takes so many bytes of a write, and nothing after that. */
  const fullAfter = (bytes: number): Disk => {
    let left = bytes;
    return {
      ...realDisk,
      write(fd, data) {
        if (left === 0) throw new Error('ENOSPC');
        const taken = Math.min(left, data.length);
        left -= taken;
        return realDisk.write(fd, data.subarray(0, taken));
      },
    };
  };

  test('a batch that did not fit is refused, and the next start sends none of it, wherever it was cut', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const size = Buffer.byteLength(
      writeTogether(
        notifications(3).map((one, index) => ({
          kind: 'accepted',
          ticket: index + 1,
          atMs: Date.now(),
          notification: one,
        })),
      ),
    );
    const wrong: number[] = [];
    for (let bytes = 0; bytes <= size; bytes += 7) {
      const accepted = senderOf(shared, fullAfter(bytes)).acceptAll(notifications(3));
      const later = senderOf(shared).accept(notification('later'));
      const isRight =
        accepted.every((one) => one.kind === 'failed' && !one.isLeft) && later.kind === 'accepted';
      if (!isRight || idsLeftIn(path).join() !== 'later') wrong.push(bytes);
      writeFileSync(path, '');
    }
    expect(wrong).toEqual([]);
  });

  test('what lacked nothing but the end of its line is refused, too', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const whole = writeLine({ kind: 'accepted', ticket: 9, atMs: 1, notification: notification('refused') });
    appendFileSync(path, whole.slice(0, -1));
    senderOf(shared).accept(notification('later'));
    const { unfinished, damaged } = openJournal(path);
    expect(unfinished.map((one) => one.notification.id)).toEqual(['later']);
    expect(damaged).toEqual([]);
  });

  test('a write that took only a part is made again as a whole, whatever another thread wrote in between', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    let cut = false;
    const journal = senderOf(shared, {
      ...realDisk,
      write(fd, data) {
        if (cut) return realDisk.write(fd, data);
        cut = true;
        const taken = realDisk.write(fd, data.subarray(0, 40));
        senderOf(shared).accept(notification('between'));
        return taken;
      },
    });
    expect(journal.accept(notification('cut')).kind).toBe('accepted');
    expect(idsLeftIn(path).sort()).toEqual(['between', 'cut']);
  });

  test('what was told is written down once there is room', async () => {
    const path = newPath();
    const { shared } = openJournal(path);
    let isFull = false;
    const journal = senderOf(shared, {
      ...realDisk,
      write(fd, data) {
        if (isFull) throw new Error('ENOSPC');
        return realDisk.write(fd, data);
      },
    });
    const accepted = journal.accept(notification('told'));
    if (accepted.kind !== 'accepted') throw new Error('not accepted');
    isFull = true;
    journal.endSoon(accepted.ticket);
    journal.writeEnded();
    isFull = false;
    await expect.poll(() => readFileSync(path, 'utf8'), { timeout: 10_000 }).toContain('"ended"');
    expect(idsLeftIn(path)).toEqual([]);
  });
});

describe('what could not be synced', () => {
  const unsynced = (syncs: number): Disk => {
    let left = syncs;
    return {
      ...realDisk,
      sync(fd) {
        left -= 1;
        if (left < 0) throw new Error('EIO');
        realDisk.sync(fd);
      },
    };
  };

  test('is refused and taken back', () => {
    const path = newPath();
    let failures = 1;
    const journal = senderOf(openJournal(path).shared, {
      ...realDisk,
      sync(fd) {
        failures -= 1;
        if (failures >= 0) throw new Error('EIO');
        realDisk.sync(fd);
      },
    });
    expect(journal.accept(notification('refused'))).toMatchObject({ kind: 'failed', isLeft: false });
    expect(idsLeftIn(path)).toEqual([]);
  });

  test('is said to be left where it can’t be taken back', () => {
    const journal = senderOf(openJournal(newPath()).shared, unsynced(0));
    expect(journal.accept(notification('refused'))).toMatchObject({ kind: 'failed', isLeft: true });
  });
});

describe('opening a journal', () => {
  const fifo = (path: string) => spawnSync('mkfifo', [path]).status === 0;
  const device = (path: string) => spawnSync('mknod', [path, 'c', '1', '3']).status === 0;

  test.each([
    ['a FIFO', fifo],
    ['a device', device],
    ['a folder', (path: string) => mkdirSync(path) === undefined],
  ])('is refused where there is %s, which stays as it is', async (_, make) => {
    const path = newPath();
    if (!make(path)) return;
    const before = lstatSync(path).mode;
    await expect(lockAndOpenJournal(path)).rejects.toThrow(
      `the journal ${path} can't be opened; it is not a regular file`,
    );
    expect(lstatSync(path).mode).toBe(before);
  });

  test('is refused where one of its parts is a FIFO', async () => {
    const path = newPath();
    if (!fifo(`${path}.part-1`)) return;
    await expect(lockAndOpenJournal(path)).rejects.toThrow('journal.part-1 is not a regular file');
  });

  test('follows a symlink to the device behind it, and refuses that', async () => {
    const path = newPath();
    symlinkSync('/dev/null', path);
    await expect(lockAndOpenJournal(path)).rejects.toThrow('it is not a regular file');
    await expect(lockAndOpenJournal(path)).rejects.toMatchObject({ code: 'journal-unusable' });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test.each(['there', 'not there yet'])('keeps a symlink to a file that is %s', async (state) => {
    const path = newPath();
    const target = join(dirname(path), 'target');
    if (state === 'there')
      writeFileSync(
        target,
        writeLine({ kind: 'accepted', ticket: 1, atMs: 1, notification: notification('n') }),
      );
    symlinkSync('target', path);
    const { shared, unfinished, release } = await lockAndOpenJournal(path);
    senderOf(shared).accept(notification('new'));
    release();
    expect(unfinished).toHaveLength(state === 'there' ? 1 : 0);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(idsLeftIn(target)).toContain('new');
  });

  test('says that its folder is missing', async () => {
    const journal = lockAndOpenJournal(join(newPath(), 'journal'));
    await expect(journal).rejects.toThrow('its folder does not exist');
    await expect(journal).rejects.toMatchObject({ code: 'journal-unusable' });
  });
});

describe('a journal that somebody else', () => {
  const changes: Record<string, (path: string) => void> = {
    removes: (path) => rmSync(path),
    renames: (path) => renameSync(path, `${path}.1`),
    'replaces with another file': (path) => {
      writeFileSync(`${path}.new`, '');
      renameSync(`${path}.new`, path);
    },
    'replaces with a link': (path) => {
      linkSync(path, `${path}.kept`);
      rmSync(path);
      symlinkSync('/dev/null', path);
    },
  };

  test.each(Object.keys(changes))('%s while it is written has all that was and is accepted', (name) => {
    const path = newPath();
    const { shared } = openJournal(path);
    const journal = senderOf(shared);
    journal.accept(notification('before'));
    changes[name]?.(path);
    expect(journal.accept(notification('after')).kind).toBe('accepted');
    rmSync(path, { force: true });
    expect(idsLeftIn(path)).toEqual(['before', 'after']);
  });

  test('removes is noticed where nothing more is sent', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    senderOf(shared).accept(notification('before'));
    const endings = new JournalEndings(shared, false);
    endings.keepUp();
    rmSync(path);
    endings.keepUp();
    expect(idsLeftIn(path)).toEqual(['before']);
  });

  test('removes before a thread has opened it is carried over by one that had', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const first = senderOf(shared);
    first.accept(notification('before'));
    rmSync(path);
    senderOf(shared).accept(notification('second'));
    first.accept(notification('after'));
    expect(idsLeftIn(path).sort()).toEqual(['after', 'before', 'second']);
  });

  test('removes with its folder refuses what is sent, until the folder is there again', () => {
    const path = newPath();
    const { shared } = openJournal(path);
    const journal = senderOf(shared);
    journal.accept(notification('before'));
    rmSync(dirname(path), { recursive: true });
    expect(journal.accept(notification('refused'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('ENOENT'),
    });
    mkdirSync(dirname(path));
    expect(journal.accept(notification('after')).kind).toBe('accepted');
    expect(idsLeftIn(path)).toEqual(['before', 'after']);
  });
});
