import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readReport } from '../../../src/report/read.ts';
import { sampleBenchReport, sampleReport } from './sample-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string): string {
  const path = join(folder, 'report.json');
  writeFileSync(path, content);
  return path;
}

describe('reading a stored report', () => {
  it('gives back what was written', async () => {
    const report = sampleBenchReport();
    expect(await readReport(file(JSON.stringify(report)))).toEqual(report);
  });

  it('keeps fields that this version does not know', async () => {
    const report = { ...sampleReport(), later: { added: 1 } };
    expect(await readReport(file(JSON.stringify(report)))).toEqual(report);
  });

  it.each([
    ['a missing file', () => join(folder, 'none.json'), /there is no such file; check the path/],
    ['a directory', () => folder, /it is a directory/],
    ['text that is not JSON', () => file('# hello'), /it is not JSON/],
    ['JSON of something else', () => file('{"name":"x"}'), /it is not a report of timer-notify/],
    [
      'a JSON null',
      () => file('null'),
      /it is not a report of timer-notify: it is JSON, but not an object; name a file/,
    ],
    ['an empty file', () => file(' \n'), /; it is empty; run again what was to write it$/],
    [
      'an array of reports',
      () => file('[{}]'),
      /: it is a JSON array; write each report to a file of its own$/,
    ],
    ['two in one file', () => file('{} {}'), /more than one JSON document; write each report to a file/],
    ['one that is cut short', () => file('{"schemaVersion": 1, "kin'), /cut short; run again/],
    [
      'what serve wrote',
      () => file('{"schemaVersion":1,"kind":"serve"}'),
      /its kind is "serve", which is not a report; name a report of repro, bench, doctor or send$/,
    ],
    [
      'an unknown kind',
      () => file('{"schemaVersion":1,"kind":"x"}'),
      /its kind is "x", which is not a report/,
    ],
    [
      'an error of --json',
      () => file('{"schemaVersion":1,"ok":false,"error":{"message":"no token"}}'),
      /it is an error of timer-notify: no token; correct that/,
    ],
    [
      'a document of a command that has reports, too',
      () => file('{"schemaVersion":1,"kind":"send","dryRun":true}'),
      /it is not a report of timer-notify: it has no tool; name a file/,
    ],
    [
      'another schema version',
      () => file(JSON.stringify({ ...sampleReport(), schemaVersion: 7 })),
      /its schemaVersion is 7 and this version of timer-notify reads 1/,
    ],
    [
      'a wrong value deep inside',
      () => file(JSON.stringify(sampleReport()).replace('"parked"', '"moon"')),
      /cells\[0\]\.context/,
    ],
  ])('refuses %s', async (_, path, message) => {
    await expect(readReport(path())).rejects.toThrow(message);
  });
});
