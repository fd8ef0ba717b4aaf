import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { beats, diagnosisOf, main, type Recording, threadStarts } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'watched-files-'));
const path = join(folder, 'rates.json');
afterAll(() => rmSync(folder, { recursive: true }));

function watched(id: number): Recording[number] {
  const { ino, birthtimeMs: bornAt } = statSync(path);
  return [main, { e: 'file-watched', t: 100, id, path, ino, bornAt, stack: 1 }];
}

function findingOf(...events: Recording) {
  const recording: Recording = [
    threadStarts(main),
    [main, { e: 'stack', id: 1, frames: ['/app/app.js:26:4'] }],
    ...events,
    ...beats(main, 200, 3000),
  ];
  return diagnosisOf(recording, { at: 3100 }).findings[0];
}

function replace(): void {
  writeFileSync(`${path}.new`, '{}');
  renameSync(`${path}.new`, path);
}

describe('a program that made no request and watches a file', () => {
  it('is told where', () => {
    writeFileSync(path, '{}');
    const found = findingOf(watched(1));
    expect(found?.code).toBe('never-requested');
    expect(found?.stack).toEqual(['/app/app.js:26:4']);
    expect(found?.evidence.join()).not.toContain('replaced');
  });

  it('is told that the file was replaced', () => {
    writeFileSync(path, '{}');
    const before = watched(1);
    replace();
    expect(findingOf(before)?.evidence.join()).toContain('rates.json at /app/app.js:26:4');
    expect(findingOf(before)?.title).toContain('watches a file that has been replaced');
  });

  it('is not told so where it watches the new one, or none any more', () => {
    writeFileSync(path, '{}');
    const before = watched(1);
    replace();
    expect(findingOf(before, watched(2))?.title).toBe('The program made no request');
    const closed = findingOf(before, [main, { e: 'file-unwatched', id: 1 }]);
    expect(closed?.evidence.join()).not.toContain('rates.json');
  });
});
