import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { checkOutputs, writeOutputs } from '../../../src/report/write.ts';
import { sampleReport } from './sample-report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timer-notify-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('outputs', () => {
  it('are written in the format that their extension names', async () => {
    const [json, markdown] = [join(folder, 'a.json'), join(folder, 'a.md')];
    await writeOutputs(sampleReport(), [json, markdown]);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(sampleReport());
    expect(readFileSync(markdown, 'utf8')).toMatch(/^## timer-notify bench/);
  });

  it('that can’t be written leave what stood there, and the others, as they are', async () => {
    const [good, bad] = [join(folder, 'a.json'), join(folder, 'b.json')];
    mkdirSync(bad);
    writeFileSync(join(bad, 'kept'), '');
    const failed = await writeOutputs(sampleReport(), [bad, good]);
    expect([...failed.keys()]).toEqual([bad]);
    expect(JSON.parse(readFileSync(good, 'utf8'))).toEqual(sampleReport());
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.json']);
  });

  it('through a link are written where that leads', async () => {
    writeFileSync(join(folder, 'real.json'), 'before');
    symlinkSync(join(folder, 'real.json'), join(folder, 'link.json'));
    await writeOutputs(sampleReport(), [join(folder, 'link.json')]);
    expect(JSON.parse(readFileSync(join(folder, 'real.json'), 'utf8'))).toEqual(sampleReport());
  });

  it('of an unknown extension are refused before the run', () => {
    expect(() => checkOutputs([join(folder, 'a.docx')])).toThrow(UsageError);
  });

  it('in a missing folder are written, and the folder is made', async () => {
    const file = join(folder, 'missing', 'too', 'a.json');
    checkOutputs([file]);
    await writeOutputs(sampleReport(), [file]);
    expect(existsSync(file)).toBe(true);
  });

  it('below a file are refused before the run, with what to do', () => {
    writeFileSync(join(folder, 'taken'), '');
    expect(() => checkOutputs([join(folder, 'taken', 'a.json')])).toThrow(
      /^cannot write .*a\.json; a part of its path is a file; name another path$/,
    );
  });

  it('that are directories are refused before the run', () => {
    expect(() => checkOutputs([`${folder}/.json`, folder])).toThrow(UsageError);
  });

  it('leave nothing behind when checked', () => {
    const file = join(folder, 'a.json');
    checkOutputs([file]);
    expect(existsSync(file)).toBe(false);
  });

  it('that exist keep their content when checked', () => {
    const file = join(folder, 'a.json');
    writeFileSync(file, 'before');
    checkOutputs([file]);
    expect(readFileSync(file, 'utf8')).toBe('before');
  });
});
