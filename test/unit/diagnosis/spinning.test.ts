import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { awaitsAgainAt } from '../../../src/diagnosis/node/spinning.ts';

const folder = mkdtempSync(join(tmpdir(), 'spinning-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

/** Asked of the place at which `mark` stands. */
function awaitsAgainIn(code: string, mark = '/*here*/'): boolean {
  const file = join(folder, `${++serial}.mjs`);
  writeFileSync(file, code);
  const before = code.slice(0, code.indexOf(mark)).split('\n');
  return awaitsAgainAt(`${file}:${before.length}:${(before.at(-1) ?? '').length + 1} (quiet)`);
}

describe('a thread awaits again and again', () => {
  it('in the body of a loop', () =>
    expect(awaitsAgainIn('async function quiet() {\n  while (busy) {\n    /*here*/await last;\n  }\n}')).toBe(
      true,
    ));

  it('in the head of a loop', () =>
    expect(awaitsAgainIn('async function quiet() {\n  while (/*here*/busy) await last;\n}')).toBe(true));

  it('in a loop without a head', () =>
    expect(
      awaitsAgainIn(
        'async function quiet() {\n  for (;;) {\n    await null;\n    if (/*here*/done) return;\n  }\n}',
      ),
    ).toBe(true));
});

describe('a thread does not', () => {
  it('in a loop that computes', () =>
    expect(awaitsAgainIn('async function quiet() {\n  while (busy) /*here*/step();\n  await last;\n}')).toBe(
      false,
    ));

  it('behind the loop', () =>
    expect(
      awaitsAgainIn('async function quiet() {\n  while (busy) { await last; }\n  /*here*/compute();\n}'),
    ).toBe(false));

  it('in a function that is only written inside of one', () =>
    expect(
      awaitsAgainIn(
        'async function quiet() {\n  while (busy) {\n    await each(() => { /*here*/compute(); });\n  }\n}',
      ),
    ).toBe(false));

  it('where the source is not known', () => expect(awaitsAgainAt('evalmachine.<anonymous>:1:1')).toBe(false));
});
