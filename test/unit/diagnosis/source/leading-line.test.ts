import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  leadsToRequest,
  sleepsAgain,
  sleepsBeforeRequest,
} from '../../../../src/diagnosis/source/leading-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'leading-line-'));
let serial = 0;

afterAll(() => rmSync(folder, { recursive: true }));

/** Of a function that begins in the first line and sleeps in the second. */
function sleepsIn(code: string): boolean {
  const file = join(folder, `${++serial}.js`);
  writeFileSync(file, code);
  return sleepsBeforeRequest([`${file}:2:9`]);
}

describe('a sleep is one before a request', () => {
  it('where it is awaited and something is sent afterwards', () =>
    expect(sleepsIn('async function tell() {\n  await sleep(100);\n  await fetch(url);\n}')).toBe(true));
  it('not where it races with what is sent', () =>
    expect(
      sleepsIn('async function tell() {\n  await Promise.race([post(), sleep(100)]);\n  post();\n}'),
    ).toBe(false));
  it('not where nothing is sent afterwards', () =>
    expect(sleepsIn('async function tell() {\n  await sleep(100);\n}\nfetch(url);')).toBe(false));
  it('where it is in an endless loop that sends before it', () =>
    expect(
      sleepsIn(
        'async function tell() { for (let n = 1; ; n++) { await fetch(url);\n  await sleep(100);\n} }',
      ),
    ).toBe(true));
  it('not where it is in a loop with an end', () =>
    expect(
      sleepsIn(
        'async function tell() { for (let n = 1; n < 9; n++) { await fetch(url);\n  await sleep(100);\n} }',
      ),
    ).toBe(false));
  it('not where nobody awaits it', () =>
    expect(sleepsIn('async function tell() {\n  sleep(100);\n  await fetch(url);\n}')).toBe(false));
});

describe('code that an error broke off leads to a request', () => {
  const leadsIn = (code: string): boolean => {
    const file = join(folder, `${++serial}.js`);
    writeFileSync(file, code);
    return leadsToRequest([`${file}:1:7`]);
  };

  it('where that stands in the lines after it', () =>
    expect(leadsIn('await sweep();\nconst url = 1;\nawait fetch(url);')).toBe(true));
  it('not where only a function that is declared there sends', () =>
    expect(leadsIn('await sweep();\n\nasync function tell() {\n  await fetch(url);\n}')).toBe(false));
});

describe('a sleep comes round again', () => {
  const sleepsAgainIn = (code: string, name = 'work'): boolean => {
    const file = join(folder, `${++serial}.js`);
    writeFileSync(file, code);
    return sleepsAgain([`${file}:2:9 (${name})`]);
  };

  it('where it stands in a loop that has no end', () =>
    expect(
      sleepsAgainIn('async function work() { while (running) {\n  await sleep(100); await fetch(url);\n} }'),
    ).toBe(true));
  it('where its function calls itself afterwards', () =>
    expect(
      sleepsAgainIn('async function work() {\n  await sleep(100); await fetch(url); return work();\n}'),
    ).toBe(true));
  it('not where its function ends with what it sends', () =>
    expect(sleepsAgainIn('async function work() {\n  await sleep(100); await fetch(url);\n}')).toBe(false));
  it('not where it goes through a list', () =>
    expect(
      sleepsAgainIn(
        'async function work() { for (const job of jobs) {\n  await sleep(100); await fetch(url);\n} }',
      ),
    ).toBe(false));
});
