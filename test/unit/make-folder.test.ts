import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/make-folder.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-folder-'));
});

afterEach(() => rmSync(root, { recursive: true }));

describe('makeFolder', () => {
  it('makes those above it, too', () => {
    makeFolder(join(root, 'a/b/c'));
    expect(statSync(join(root, 'a/b/c')).isDirectory()).toBe(true);
  });

  it('leaves one that is there, and gives a new one the mode', () => {
    makeFolder(root);
    makeFolder(join(root, 'own'), 0o700);
    expect(statSync(join(root, 'own')).mode & 0o777).toBe(0o700);
  });

  it.each([['a file'], ['a file/below']])('throws where a part of the path is a file: %s', (path) => {
    writeFileSync(join(root, 'a file'), '');
    expect(() => makeFolder(join(root, path))).toThrow(/EEXIST|ENOTDIR/);
  });

  it.skipIf(!existsSync('/proc/self'))('throws where a file system takes no new names', () => {
    expect(() => makeFolder('/proc/none/below')).toThrow(/ENOENT/);
  });
});
