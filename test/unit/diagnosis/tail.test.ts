import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RecordTail } from '../../../src/diagnosis/collect/tail.ts';
import { fileName } from '../../../src/diagnosis/node/observer.ts';

let directory: string;
let lines: string[];
let tail: RecordTail;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tail-'));
  lines = [];
  tail = new RecordTail(directory, fileName, (writer, line) => lines.push(`${writer} ${line}`));
});

afterEach(() => {
  tail.close();
  rmSync(directory, { recursive: true });
});

const fileOf = (name: string) => join(directory, name);

it('deletes the file of a writer that has gone on to a next one', () => {
  appendFileSync(fileOf('7.0.000000'), 'a\n');
  appendFileSync(fileOf('7.0.000001'), 'b\n');
  tail.poll();
  expect(lines).toEqual(['7.0 a', '7.0 b']);
  expect(existsSync(fileOf('7.0.000000'))).toBe(false);
});

it('reads what is left by a writer that has ended, and deletes its file', () => {
  appendFileSync(fileOf('7.0.000000'), 'a\n');
  appendFileSync(fileOf('7.1.000000'), 'b\n');
  tail.poll();
  appendFileSync(fileOf('7.1.000000'), 'c\n');
  tail.release((writer) => writer === '7.1');
  expect(lines).toEqual(['7.0 a', '7.1 b', '7.1 c']);
  expect(existsSync(fileOf('7.1.000000'))).toBe(false);
  expect(existsSync(fileOf('7.0.000000'))).toBe(true);
});

it('reads a writer of the same name that comes later', () => {
  appendFileSync(fileOf('7.0.000000'), 'a\n');
  tail.poll();
  tail.release(() => true);
  appendFileSync(fileOf('7.0.000000'), 'b\n');
  tail.poll();
  expect(lines).toEqual(['7.0 a', '7.0 b']);
});
