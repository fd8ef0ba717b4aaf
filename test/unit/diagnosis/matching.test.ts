import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { matchingAt } from '../../../src/diagnosis/node/matching.ts';

const folder = mkdtempSync(join(tmpdir(), 'matching-'));
const file = join(folder, 'bot.mjs');

afterAll(() => rmSync(folder, { recursive: true }));

describe('what a line lets run over a text', () => {
  it.each([
    ['  if (!DURATION.test(what)) return;', 'test', 'DURATION.test(what)'],
    ['  const [, name] = text.match(/^(a+)+$/) ?? [];', 'match', 'text.match(/^(a+)+$/)'],
    ['  return this.rule.exec(line.trim())?.[1];', 'exec', 'this.rule.exec(line.trim())'],
    [String.raw`  return /^(\w+[/.]?)+$/.test(text);`, 'test', String.raw`/^(\w+[/.]?)+$/.test(text)`],
    ['  for (let n = 0; n < 1e9; n++) sum += n;', 'sum', null],
    ['  work(rule.test(text)); spin();', 'spin', null],
  ])('%s', (line, at, call) => {
    writeFileSync(file, `\n${line}\n`);
    expect(matchingAt(`${file}:2:${line.indexOf(at) + 1} (command)`)).toBe(call);
  });
});
